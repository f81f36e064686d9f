import type { Connection, Statement } from './database.ts'

const lock: Statement = {
  name: 'lock-name',
  text: `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))`,
}

/**
 * Waits until no other transaction holds the lock of this name, and holds it until this one ends. Two names that share a hash wait
 * for each other, no more.
 * @param answerMs how long to wait, where the usual time is too short
 */
export async function lockName(connection: Connection, name: string, answerMs?: number): Promise<void> {
  await connection.run(answerMs === undefined ? lock : { ...lock, answerMs }, [name])
}
