import type { Clock } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { Connection, Statement } from './database.ts'

/** How often the database is asked what time it is. Milliseconds. */
const askMs = 30_000
/** An answer that took longer says too little about when it was true. Milliseconds. */
const slowestMs = 1_000

const time: Statement = {
  name: 'time',
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
}

/** A clock that goes by the database's. */
export interface DatabaseClock extends Clock {
  stop(): void
}

/**
 * Makes the time that all replicas share: the database's, asked now and every half minute, and in between counted on by a clock of this
 * process that nobody sets. So the clock of the machine may be wrong, or jump, and all times that are written down still fit together.
 */
export async function databaseClock(connection: Connection, logger: Logger): Promise<DatabaseClock> {
  let offset = 0
  const ask = async (): Promise<void> => {
    const asked = performance.now()
    const { rows } = await connection.run(time)
    const answered = performance.now()
    // In the middle between question and answer, as near as that can be known.
    if (answered - asked <= slowestMs || offset === 0) offset = Number(rows[0]?.['now']) - (asked + answered) / 2
  }
  await ask()
  const timer = setInterval(() => {
    ask().catch((error: unknown) => logger.warn('the database cannot be asked for the time', { error }))
  }, askMs)
  timer.unref()
  return {
    now: () => Math.round(performance.now() + offset),
    stop: () => clearInterval(timer),
  }
}
