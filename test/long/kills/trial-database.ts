import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { makePostgresSchema } from '../../support/postgres-schema.ts'
import type { ReadRows } from './store-view.ts'
import type { Surroundings } from './surroundings.ts'

/** Reads the SQLite file of a service, which may not be there yet. */
export function rowsOfSqlite(path: string): ReadRows {
  return (sql) => {
    if (!existsSync(path)) return Promise.resolve([])
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    try {
      return Promise.resolve(database.prepare(sql).all())
    } finally {
      database.close()
    }
  }
}

/** The same surroundings, and the state of the service in a schema of its own on this PostgreSQL server. */
export async function withPostgres(surroundings: Surroundings, server: string): Promise<Surroundings> {
  const { schema, drop } = await makePostgresSchema(server)
  return {
    ...surroundings,
    environment: { ...surroundings.environment, DSC_DATABASE_URL: schema.url },
    readRows: schema.query,
    async close() {
      await surroundings.close()
      await drop()
    },
  }
}
