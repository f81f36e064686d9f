import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** How often per second the disk takes one more message for good: appended to a file and synchronised, one after the other. */
export function bareAppends(folder: string, message: string, count: number): number {
  const file = openSync(join(folder, 'appends'), 'a')
  const begun = performance.now()
  for (let index = 0; index < count; index++) {
    writeSync(file, message)
    fdatasyncSync(file)
  }
  const seconds = (performance.now() - begun) / 1000
  closeSync(file)
  return count / seconds
}

/**
 * How often per second SQLite takes one more message for good, with the settings of the service's store (write-ahead log,
 * `synchronous = FULL`) and one row per transaction, one after the other.
 */
export function bareTransactions(folder: string, message: string, count: number): number {
  const database = new DatabaseSync(join(folder, 'transactions.db'))
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS messages (body TEXT) STRICT',
  )
  const insert = database.prepare('INSERT INTO messages (body) VALUES (?)')
  const begun = performance.now()
  for (let index = 0; index < count; index++) {
    database.exec('BEGIN IMMEDIATE')
    insert.run(message)
    database.exec('COMMIT')
  }
  const seconds = (performance.now() - begun) / 1000
  database.close()
  return count / seconds
}
