import type { Ids } from '../../../core/ports/clock.ts'
import { type StoredRow, type StoredRows, type StoredTable, storedTables } from '../../../core/ports/stored-rows.ts'
import { rowKeys } from '../row-keys.ts'
import type { Row } from '../rows.ts'
import type { Database, Statement } from './database.ts'

/** The rows of the PostgreSQL store as they are, and the id of the installation it belongs to. */
export function rawRows(database: Database, ids: Ids): StoredRows {
  const select = new Map(
    storedTables.map((table): [StoredTable, Statement] => {
      const key = `(${rowKeys[table]}) COLLATE "C"`
      return [table, { text: `SELECT ${key} AS row_key, * FROM ${table} WHERE ${key} > $1 ORDER BY 1 LIMIT $2` }]
    }),
  )
  const begin: Statement = { text: 'INSERT INTO installation (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING' }
  const installation: Statement = { text: 'SELECT id FROM installation' }
  return {
    async installation() {
      await database.run(begin, [ids.next()])
      return String((await database.run(installation)).rows[0]?.['id'])
    },
    async rows(table, { after = '', limit }) {
      const statement = select.get(table)
      return statement === undefined ? [] : (await database.run(statement, [after, limit])).rows.map(rowOf)
    },
  }
}

/** As the SQLite store gives it: truth as 0 and 1, leases as text. */
function rowOf({ row_key: key, ...columns }: Row): StoredRow {
  const plain = Object.entries(columns).map(([name, value]): [string, string | number | null] => [
    name,
    typeof value === 'number' || typeof value === 'string' ? (name === 'lease' ? String(value) : value) : null,
  ])
  return { key: String(key), columns: Object.fromEntries(plain) }
}
