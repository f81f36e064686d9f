import { DatabaseSync } from 'node:sqlite'
import type { Ids } from '../../core/ports/clock.ts'
import type { Store } from '../../core/ports/store.ts'
import { migrate } from './migrations.ts'
import { assetTable } from './sqlite-assets.ts'
import { countFigures } from './sqlite-figures.ts'
import { stateTables } from './sqlite-state.ts'
import { workTable } from './sqlite-work.ts'

/**
 * Opens the SQLite store: one file, one process. Write-ahead log with `synchronous = FULL`, so a write that was answered is on
 * disk (sqlite.org/pragma.html#pragma_synchronous).
 * @param path the database file; its folder exists
 * @throws where the file cannot be opened or was written by a newer release
 */
export function openSqliteStore(path: string, ids: Ids): Store {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
  migrate(database)
  const work = workTable(database, ids)
  const check = database.prepare('SELECT 1 FROM work LIMIT 1')
  return {
    ...work.port,
    ...stateTables(database, work),
    ...assetTable(database),
    figures: countFigures(database),
    async check() {
      check.all()
    },
    async close() {
      if (database.isOpen) database.close()
    },
  }
}
