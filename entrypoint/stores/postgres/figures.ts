import type { Store } from '../../../core/ports/store.ts'
import { figuresOf, lateMs } from '../figures.ts'
import type { Database, Statement } from './database.ts'

/** Counts jobs by state, work that is due or late by the database's clock, and finds the oldest callback. */
export function countFigures(database: Database, present: string): Store['figures'] {
  const jobs: Statement = { text: 'SELECT state AS name, count(*) AS counted FROM jobs GROUP BY state' }
  const due: Statement = {
    text: `
      SELECT kind AS name, count(*) AS counted,
        count(*) FILTER (WHERE due_at <= ${present} - ${lateMs} AND (lease IS NULL OR lease_until <= ${present})) AS late
      FROM work WHERE due_at <= ${present} GROUP BY kind`,
  }
  const oldest: Statement = { text: 'SELECT min(created_at) AS oldest FROM callbacks' }
  return async () => {
    const [counted, work, callback] = await Promise.all([database.run(jobs), database.run(due), database.run(oldest)])
    return figuresOf({
      jobs: counted.rows,
      due: work.rows,
      late: work.rows.map((row) => ({ name: row['name'] ?? '', counted: row['late'] ?? 0 })),
      oldestCallbackAt: callback.rows[0]?.['oldest'],
    })
  }
}
