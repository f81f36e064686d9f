import { type Job, isFinal, latestAttempt } from '../../core/job/job.ts'
import type { JobEnd, Metrics } from '../../core/ports/metrics.ts'

/**
 * Tells the metrics what a change of a job means: stages that are over, and its end. A job may skip states (its backend was not
 * looked at in time): the stages between are then told from what the attempt knows, or not at all.
 * @param before as the store had it
 * @param after as it was written
 */
export function measureChange(metrics: Metrics, before: Job, after: Job): void {
  if (before.state === after.state && before.attempt === after.attempt) return
  if (before.state === 'accepted' && after.state === 'queued')
    metrics.stage('verify', elapsed(before.createdAt, after.since))
  if (before.state === 'queued' && after.state === 'starting')
    metrics.stage('queue', elapsed(before.since, after.since))
  measureAttempt(metrics, before, after)
  const end = isFinal(before) ? undefined : endOf(after)
  if (end !== undefined) metrics.jobEnded(end)
}

/** Start, run and store of the attempt that was under way. */
function measureAttempt(metrics: Metrics, before: Job, after: Job): void {
  const attempt = after.attempts.find(({ number }) => number === before.attempt)
  const { workerStartedAt } = attempt ?? {}
  if (attempt === undefined || workerStartedAt === undefined) return
  const known = latestAttempt(before)?.workerStartedAt !== undefined
  if (!known) metrics.stage('start', elapsed(attempt.startedAt, workerStartedAt))
  const ranBefore = before.state === 'starting' || before.state === 'running'
  const runs = after.state === 'running' && after.attempt === before.attempt
  if (ranBefore && !runs) metrics.stage('run', elapsed(workerStartedAt, after.since))
  if (before.state === 'storing' && after.state === 'succeeded')
    metrics.stage('store', elapsed(before.since, after.since))
}

function endOf(job: Job): JobEnd | undefined {
  switch (job.state) {
    case 'succeeded':
      return { state: 'succeeded', cause: 'none' }
    case 'failed':
      return { state: 'failed', cause: job.failure.cause }
    case 'cancelled':
      return { state: 'cancelled', cause: job.by }
    default:
      return undefined
  }
}

/** Milliseconds between two moments. The backend's clock may differ from ours, and time does not run backwards. */
function elapsed(from: number, to: number): number {
  return Math.max(0, to - from)
}
