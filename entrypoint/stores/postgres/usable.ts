import { ServiceError } from '../../../core/errors.ts'
import type { Connection, Statement } from './database.ts'
import { reasonOf } from './trouble.ts'

const settings: Statement = {
  name: 'settings',
  text: `
    SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('default_transaction_read_only') AS read_only, pg_is_in_recovery()::integer AS standby,
      current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding`,
}

/** Oldest PostgreSQL that was tried. */
const oldestVersion = 150_000

/**
 * Sees that the database takes writes, and has them on disk before it answers.
 * @throws ServiceError that says what is wrong, in words for operators
 */
export async function assertUsable(connection: Connection): Promise<void> {
  let row
  try {
    row = (await connection.run(settings)).rows[0]
  } catch (error) {
    throw wrong(`The database cannot be used: ${reasonOf(error)}`, error)
  }
  if (Number(row?.['version']) < oldestVersion)
    throw wrong('The database server is older than PostgreSQL 15. Use 15 or newer.')
  if (row?.['encoding'] !== 'UTF8') throw wrong('The database is not encoded in UTF8. Make one with ENCODING UTF8.')
  if (row?.['standby'] === 1)
    throw wrong('The database server is a standby, which only reads. Name the primary in DSC_DATABASE_URL.')
  if (row?.['read_only'] === 'on')
    throw wrong(
      'The database only reads (default_transaction_read_only is on). Turn that off for the role of this service.',
    )
  if (row?.['synchronous_commit'] === 'off' || row?.['fsync'] === 'off')
    throw wrong(
      'The database answers before a write is on disk, so what was accepted could be lost. Turn fsync and synchronous_commit on.',
    )
}

function wrong(detail: string, cause?: unknown): ServiceError {
  return new ServiceError('store-unavailable', detail, { cause })
}
