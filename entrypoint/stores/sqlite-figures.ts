import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Store } from '../../core/ports/store.ts'

/** When due work that nobody took counts as late, in milliseconds. */
const lateMs = 30_000

/** Counts jobs by state, work that is due or late, and finds the oldest callback. */
export function countFigures(database: DatabaseSync): Store['figures'] {
  const jobs = database.prepare('SELECT state AS name, count(*) AS counted FROM jobs GROUP BY state')
  const due = database.prepare('SELECT kind AS name, count(*) AS counted FROM work WHERE due_at <= ? GROUP BY kind')
  const late = database.prepare(`
    SELECT kind AS name, count(*) AS counted FROM work
    WHERE due_at <= ? AND (lease IS NULL OR lease_until <= ?) GROUP BY kind`)
  const oldest = database.prepare('SELECT min(created_at) AS oldest FROM callbacks')
  const noJobs = {
    accepted: 0,
    queued: 0,
    starting: 0,
    running: 0,
    storing: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
  }
  const noWork = { job: 0, transfer: 0, callback: 0, expire: 0 }
  return async (now) => {
    const oldestCallbackAt = oldest.get()?.['oldest']
    return {
      jobs: { ...noJobs, ...counts(jobs.all()) },
      due: { ...noWork, ...counts(due.all(now)) },
      late: { ...noWork, ...counts(late.all(now - lateMs, now)) },
      ...(typeof oldestCallbackAt === 'number' ? { oldestCallbackAt } : {}),
    }
  }
}

function counts(rows: readonly Record<string, SQLOutputValue>[]): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['counted'])]))
}
