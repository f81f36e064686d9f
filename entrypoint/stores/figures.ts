import type { SQLOutputValue } from 'node:sqlite'
import type { Figures } from '../../core/ports/store.ts'
import type { Row } from './rows.ts'

/** When due work that nobody took counts as late, in milliseconds. */
export const lateMs = 30_000

const noJobs: Figures['jobs'] = {
  accepted: 0,
  queued: 0,
  starting: 0,
  running: 0,
  storing: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
}
const noWork: Figures['due'] = { job: 0, transfer: 0, callback: 0, expire: 0, deliver: 0, reception: 0 }

/** What was counted, by `name` and `counted` of each row. */
export interface Counted {
  readonly jobs: readonly Row[]
  readonly due: readonly Row[]
  readonly late: readonly Row[]
  readonly oldestCallbackAt: SQLOutputValue | undefined
}

/** The figures as the port has them: every name is there, also where nothing was counted under it. */
export function figuresOf({ jobs, due, late, oldestCallbackAt }: Counted): Figures {
  return {
    jobs: { ...noJobs, ...counts(jobs) },
    due: { ...noWork, ...counts(due) },
    late: { ...noWork, ...counts(late) },
    ...(typeof oldestCallbackAt === 'number' ? { oldestCallbackAt } : {}),
  }
}

function counts(rows: readonly Row[]): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['counted'])]))
}
