import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Ids } from '../../core/ports/clock.ts'
import { type StoredRow, type StoredRows, storedTables } from '../../core/ports/stored-rows.ts'
import { rowKeys } from './row-keys.ts'

/** The rows of the SQLite store as they are, and the id of the installation it belongs to. */
export function rawRows(database: DatabaseSync, ids: Ids): StoredRows {
  const select = new Map(
    storedTables.map((table) => {
      const page = `WHERE ${rowKeys[table]} > ? ORDER BY 1 LIMIT ?`
      return [table, database.prepare(`SELECT ${rowKeys[table]} AS row_key, * FROM ${table} ${page}`)]
    }),
  )
  const begin = database.prepare('INSERT INTO installation (one, id) VALUES (1, ?) ON CONFLICT DO NOTHING')
  const installation = database.prepare('SELECT id FROM installation')
  return {
    async installation() {
      begin.run(ids.next())
      return String(installation.get()?.['id'])
    },
    async rows(table, { after = '', limit }) {
      return (select.get(table)?.all(after, limit) ?? []).map(rowOf)
    },
  }
}

function rowOf({ row_key: key, ...columns }: Record<string, SQLOutputValue>): StoredRow {
  const plain = Object.entries(columns).map(([name, value]): [string, string | number | null] => [
    name,
    typeof value === 'bigint' ? Number(value) : value instanceof Uint8Array ? '' : (value ?? null),
  ])
  return { key: String(key), columns: Object.fromEntries(plain) }
}
