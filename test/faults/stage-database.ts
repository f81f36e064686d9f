import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '../../core/ports/store.ts'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { makePostgresSchema } from '../support/postgres-schema.ts'
import { startDatabaseProxy } from './proxy/database-proxy.ts'
import type { FaultProxy } from './proxy/fault-proxy.ts'

/** What a database holds that is not over. */
export interface Unfinished {
  /** Transfers, each with its state. */
  readonly open: readonly string[]
  readonly callbacks: number
  readonly results: number
}

/** The database of the service on a stage, looked into past the service and all proxies. */
export interface StageDatabase {
  unfinished(): Promise<Unfinished>
  /** Opens it as the service does. */
  open(): Promise<Store>
}

type Rows = readonly Readonly<Record<string, unknown>>[]

const ids = { next: randomUUID }
const nothing = (): void => undefined

/** The SQLite file of a service. @param folder of the service */
export function onSqlite(folder: string): StageDatabase {
  const path = join(folder, 'state.db')
  return {
    async unfinished() {
      const database = new DatabaseSync(path, { readOnly: true })
      try {
        return await unfinishedBy(
          (sql) => Promise.resolve(database.prepare(sql).all()),
          "json_extract(body, '$.state')",
        )
      } finally {
        database.close()
      }
    },
    open: () => Promise.resolve(openSqliteStore(path, ids)),
  }
}

/** A schema of its own on a PostgreSQL server, behind a fault proxy. */
export async function onPostgres(server: string): Promise<{
  readonly database: StageDatabase
  readonly proxy: FaultProxy
  /** What the service needs to find it. */
  readonly environment: Readonly<Record<string, string>>
  drop(): Promise<void>
}> {
  const { schema, drop } = await makePostgresSchema(server)
  const proxy = await startDatabaseProxy(schema.url)
  return {
    proxy,
    environment: { DSC_DATABASE_URL: proxy.url },
    database: {
      unfinished: () => unfinishedBy(schema.query, "body::json ->> 'state'"),
      async open() {
        const logger = { info: nothing, warn: nothing, error: nothing }
        return (await openPostgresStore({ url: schema.url, ids, logger })).store
      },
    },
    drop,
  }
}

async function unfinishedBy(all: (sql: string) => Promise<Rows>, state: string): Promise<Unfinished> {
  const count = async (sql: string): Promise<number> => Number((await all(sql))[0]?.['n'])
  const open = await all(`SELECT id, ${state} AS state FROM transfers WHERE ${state} <> 'ended'`)
  return {
    open: open.map(({ id, state: now }) => `${String(id)} ${String(now)}`),
    callbacks: await count('SELECT count(*) AS n FROM callbacks'),
    results: await count('SELECT count(*) AS n FROM results WHERE removed_at IS NULL'),
  }
}
