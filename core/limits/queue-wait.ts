import type { QueuedJob } from '../job/job.ts'
import type { Transfer } from '../transfer/transfer.ts'

/**
 * Until when a job may wait for a slot. What it waited before an earlier attempt counts, the time in which its transfer was
 * suspended does not.
 * @param timeoutMs `limits.queueTimeout` of its asset, or the service's
 * @returns milliseconds since 1970; `undefined` while it is paused
 */
export function queueDeadline(job: QueuedJob, timeoutMs: number): number | undefined {
  return job.pausedSince === undefined ? job.since + timeoutMs - (job.waited ?? 0) : undefined
}

/**
 * The job after its transfer was suspended or resumed while it waits: nothing new starts for a suspended transfer.
 * @returns the very same job where nothing changed
 */
export function followTransfer(job: QueuedJob, transfer: Transfer | undefined): QueuedJob {
  if (transfer?.state === 'suspended')
    return job.pausedSince === undefined ? { ...job, pausedSince: Math.max(job.since, transfer.since) } : job
  if (job.pausedSince === undefined) return job
  const { pausedSince, waited = 0, ...rest } = job
  const paused = Math.max(0, (transfer?.since ?? pausedSince) - pausedSince)
  return { ...rest, waited: waited - paused }
}
