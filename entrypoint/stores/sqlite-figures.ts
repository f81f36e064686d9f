import type { DatabaseSync } from 'node:sqlite'
import type { Store } from '../../core/ports/store.ts'
import { figuresOf, lateMs } from './figures.ts'

/** Counts jobs by state, work that is due or late, and finds the oldest callback. */
export function countFigures(database: DatabaseSync): Store['figures'] {
  const jobs = database.prepare('SELECT state AS name, count(*) AS counted FROM jobs GROUP BY state')
  const due = database.prepare('SELECT kind AS name, count(*) AS counted FROM work WHERE due_at <= ? GROUP BY kind')
  const late = database.prepare(`
    SELECT kind AS name, count(*) AS counted FROM work
    WHERE due_at <= ? AND (lease IS NULL OR lease_until <= ?) GROUP BY kind`)
  const oldest = database.prepare('SELECT min(created_at) AS oldest FROM callbacks')
  return async (now) =>
    figuresOf({
      jobs: jobs.all(),
      due: due.all(now),
      late: late.all(now - lateMs, now),
      oldestCallbackAt: oldest.get()?.['oldest'],
    })
}
