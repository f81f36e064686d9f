import { DatabaseSync } from 'node:sqlite'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Store } from '../../core/ports/store.ts'
import { migrate } from './migrations.ts'
import { assetTable } from './sqlite-assets.ts'
import { inTurn } from './in-turn.ts'
import { closeToOthers, makePrivate } from './private-file.ts'
import { auditTable } from './sqlite-audit.ts'
import { countFigures } from './sqlite-figures.ts'
import { watchDisk } from './sqlite-disk.ts'
import { forgetJob } from './sqlite-forget.ts'
import { keyTable } from './sqlite-keys.ts'
import { readLine } from './sqlite-line.ts'
import { receptionTable } from './sqlite-receptions.ts'
import { rawRows } from './sqlite-rows.ts'
import { stateTables } from './sqlite-state.ts'
import { usageTable } from './sqlite-usage.ts'
import { workTable } from './sqlite-work.ts'

/**
 * Opens the SQLite store: one file, one process. Write-ahead log with `synchronous = FULL`, so a write that was answered is on
 * disk (sqlite.org/pragma.html#pragma_synchronous). Only the file's owner reads it: what opens consumers' destinations may lie in it.
 * @param path the database file; its folder exists
 * @param clock tells the audit log's times
 * @throws where the file cannot be opened or was written by a newer release
 */
export function openSqliteStore(path: string, ids: Ids, clock: Clock = { now: Date.now }): Store {
  const database = openDatabase(path)
  migrate(database)
  const work = workTable(database, ids)
  const audit = auditTable(database, clock)
  const usage = usageTable(database)
  const store = {
    ...work.port,
    ...stateTables(database, work, audit, usage),
    ...assetTable(database, audit),
    ...audit.port,
    ...usage.port,
    ...keyTable(database, audit),
    ...receptionTable(database, work, audit),
    forgetJob: forgetJob(database, audit),
    ...rawRows(database, ids),
    shared: false,
    line: readLine(database),
    figures: countFigures(database),
    async close() {
      if (database.isOpen) database.close()
    },
  }
  return watchDisk(database, path, inTurn(store))
}

function openDatabase(path: string): DatabaseSync {
  try {
    makePrivate(path) // the log and its index get the modes of the file (sqlite.org/wal.html)
    for (const end of ['-wal', '-shm']) closeToOthers(path + end)
    const database = new DatabaseSync(path, { timeout: 5_000 })
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
    return database
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice = 'its folder must exist, and we must be able to write there'
    throw new Error(`the database ${path} cannot be opened: ${why}; ${advice}`, { cause: error })
  }
}
