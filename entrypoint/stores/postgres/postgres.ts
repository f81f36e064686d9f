import type { Clock, Ids } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { Store } from '../../../core/ports/store.ts'
import { assetTable } from './assets.ts'
import { auditTable } from './audit.ts'
import { databaseClock } from './database-clock.ts'
import { openDatabase, type Statement } from './database.ts'
import { countFigures } from './figures.ts'
import { forgetJob } from './forget.ts'
import { keyTable } from './keys.ts'
import { readLine } from './line.ts'
import { migrate, schemaVersion } from './migrations.ts'
import { receptionTable } from './receptions.ts'
import { releaseOf } from './release.ts'
import { stateTables } from './state.ts'
import { rawRows } from './stored-rows.ts'
import { assertUsable } from './usable.ts'
import { usageTable } from './usage.ts'
import { workTable } from './work.ts'

/** The present by the database's clock, in milliseconds since 1970; one and the same throughout a statement. */
const databaseTime = '(extract(epoch FROM statement_timestamp()) * 1000)::bigint'

/** What a PostgreSQL store is opened with. */
export interface PostgresOptions {
  /** As DSC_DATABASE_URL has it. */
  readonly url: string
  readonly ids: Ids
  readonly logger: Logger
  /** SQL that gives the present in milliseconds since 1970. @default the database's clock */
  readonly present?: string
}

/** A PostgreSQL store, and the time that all who work on it share. */
export interface OpenedPostgres {
  readonly store: Store
  /** Follows the clock of the database. */
  readonly clock: Clock
}

/**
 * Opens the PostgreSQL store, which several processes may share. Every write that was answered is on disk
 * (`synchronous_commit`, `fsync`: both are looked at).
 * @throws ServiceError where the database cannot be used or was written by a newer release
 */
export async function openPostgresStore(options: PostgresOptions): Promise<OpenedPostgres> {
  const { url, ids, logger, present = databaseTime } = options
  const database = openDatabase(url, (error) => logger.warn('a connection to the database broke', { error }))
  const release = releaseOf(schemaVersion, (error) =>
    logger.error('a newer release has taken the database over; nothing new is taken on here', { error }),
  )
  try {
    await assertUsable(database)
    await migrate(database)
    const clock = await databaseClock(database, logger)
    const audit = auditTable(database, clock, logger)
    let closing: Promise<void> | undefined
    const probe: Statement = { text: `UPDATE schema_version SET probed_at = ${present} RETURNING version` }
    return {
      clock,
      store: {
        shared: true,
        ...workTable(database, release, present),
        ...stateTables(database, release, audit),
        ...assetTable(database, release, audit),
        ...audit.port,
        ...usageTable(database),
        ...keyTable(database, audit),
        ...receptionTable(database, release, audit),
        forgetJob: forgetJob(database, audit),
        ...rawRows(database, ids),
        line: readLine(database, present),
        figures: countFigures(database, present),
        async check() {
          await assertUsable(database)
          const [row] = (await database.run(probe)).rows
          release.see(Number(row?.['version']))
          release.assertCurrent()
        },
        async close() {
          clock.stop()
          closing ??= audit.stop().then(() => database.close())
          await closing
        },
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
