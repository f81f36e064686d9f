import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import pg from 'pg'

/** A schema of a test's own in the testbed's database. */
export interface PostgresSchema {
  /** Address with which everything lands in this schema. */
  readonly url: string
  /** Runs statements there. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>
}

/** Makes an empty schema, which goes when the test is over. */
export async function postgresSchema(t: Pick<ExecutionContext, 'teardown'>, server: string): Promise<PostgresSchema> {
  const { schema, drop } = await makePostgresSchema(server)
  t.teardown(drop)
  return schema
}

/** The same for whoever is no test: the schema goes by `drop`. */
export async function makePostgresSchema(
  server: string,
): Promise<{ readonly schema: PostgresSchema; readonly drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = `${server}?options=${encodeURIComponent(`-c search_path=${name}`)}`
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  // A server that is stopped by a test breaks connections that nobody uses.
  pool.on('error', () => undefined)
  await pool.query(`CREATE SCHEMA ${name}`)
  return {
    schema: {
      url,
      query: async (text, values = []) => (await pool.query<Record<string, unknown>>(text, [...values])).rows,
    },
    drop: async () => {
      await pool.query(`DROP SCHEMA ${name} CASCADE`)
      await pool.end()
    },
  }
}
