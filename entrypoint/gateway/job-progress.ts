import { isFinal, latestAttempt } from '../../core/job/job.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { Answer } from '../http/answer.ts'
import type { progressSchema } from './result-schemas.ts'

/** How a job stands, as far as its consumer is told. */
export type JobProgress = Answer<typeof progressSchema>

/** When it is worth to look again, in seconds. */
export const lookAgainSeconds = '2'

/**
 * The progress of a data flow's job; `undefined` where it is over, and for every other transfer: its address is told when there is
 * something to be had.
 */
export async function progressOf(
  { store }: { readonly store: Pick<Store, 'job'> },
  { flow, jobId }: Transfer,
): Promise<JobProgress | undefined> {
  if (flow === undefined) return undefined
  const job = (await store.job(jobId))?.value
  if (job === undefined || isFinal(job)) return undefined
  const startedAt = latestAttempt(job)?.workerStartedAt
  const runs = job.state === 'running' || job.state === 'storing'
  return {
    state: job.state,
    since: new Date(job.since).toISOString(),
    attempt: job.attempt,
    startedAt: runs && startedAt !== undefined ? new Date(startedAt).toISOString() : null,
  }
}
