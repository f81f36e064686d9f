import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A schema of a benchmark's own on the testbed's PostgreSQL. */
export interface BenchSchema {
  readonly url: string
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>
  drop(): Promise<void>
}

/** Makes an empty one. */
export async function makeSchema(server: string): Promise<BenchSchema> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  const url = `${server}?options=${encodeURIComponent(`-c search_path=${name}`)}`
  const pool = new pg.Pool({ connectionString: url })
  await pool.query(`CREATE SCHEMA ${name}`)
  return {
    url,
    query: async (text, values = []) => (await pool.query<Record<string, unknown>>(text, [...values])).rows,
    async drop() {
      await pool.query(`DROP SCHEMA ${name} CASCADE`)
      await pool.end()
    },
  }
}

/** How often per second PostgreSQL takes one more message for good, one row per transaction, over so many connections at once. */
export async function bareTransactions({ query }: BenchSchema, message: string, count: number): Promise<number> {
  await query('CREATE TABLE IF NOT EXISTS bare_messages (body TEXT)')
  const left = Array.from({ length: count }).values()
  const lane = async (): Promise<void> => {
    for (const _ of left) await query('INSERT INTO bare_messages (body) VALUES ($1)', [message])
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: 10 }, lane))
  return count / ((performance.now() - begun) / 1000)
}
