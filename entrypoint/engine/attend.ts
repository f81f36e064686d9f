import { type Decision, decide, mayRetry } from '../../core/job/decide.ts'
import type { Failure } from '../../core/job/causes.ts'
import { type ActiveJob, type Job, latestAttempt, withAttempt } from '../../core/job/job.ts'
import { makePlan, type RegisteredAsset } from '../../core/job/plan.ts'
import { type Container, LaunchRefused } from '../../core/ports/backend.ts'
import type { Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit } from './apply.ts'
import { failJob } from './end-job.ts'
import { keepLogs } from './keep-logs.ts'
import type { EngineParts } from './parts.ts'
import { findResult, registerResult } from './settle.ts'

/**
 * Looks at a job with an attempt under way and takes the one next step.
 * @returns when to look again, milliseconds since 1970
 */
export async function attend(
  parts: EngineParts,
  job: Versioned<ActiveJob>,
  transfer: Versioned<Transfer>,
): Promise<number> {
  const { assetId, terms, attempt } = job.value
  const registered = await parts.assetVersion(assetId, terms.assetVersion)
  if (registered === undefined)
    throw new Error(`version ${terms.assetVersion} of the asset ${assetId} is not in the store`)
  const observation = await parts.backend.observe({ jobId: job.value.id, attempt })
  const now = parts.clock.now()
  const decision = decide(job.value, observation, registered.asset.limits, parts.times, now)
  if (decision.do !== 'wait') await take(parts, job, transfer, registered, decision)
  else if (latestAttempt(job.value)?.stopping !== undefined) await parts.backend.stop({ jobId: job.value.id, attempt })
  return decision.do === 'wait' || decision.do === 'launch'
    ? Math.min(decision.do === 'wait' ? decision.until : Infinity, now + parts.times.attendMs)
    : now
}

async function take(
  parts: EngineParts,
  job: Versioned<ActiveJob>,
  transfer: Versioned<Transfer>,
  registered: RegisteredAsset,
  decision: Exclude<Decision, { do: 'wait' }>,
): Promise<void> {
  const now = parts.clock.now()
  const ref = { jobId: job.value.id, attempt: job.value.attempt }
  switch (decision.do) {
    case 'launch':
      return launch(parts, job, transfer, registered)
    case 'note-running':
      await commit(parts, {
        job: applyToJob(
          job,
          { type: 'worker-started', attempt: ref.attempt, workerStartedAt: decision.workerStartedAt },
          now,
        ),
      })
      return undefined
    case 'note-storing':
      await commit(parts, {
        job: applyToJob(
          job,
          { type: 'worker-ended', attempt: ref.attempt, workerStartedAt: decision.workerStartedAt },
          now,
        ),
      })
      return undefined
    case 'stop': {
      // Written down first: whoever looks next knows why the worker ends.
      const value: Job = withAttempt(job.value, ref.attempt, { stopping: { since: now, failure: decision.failure } })
      await commit(parts, { job: { value, revision: job.revision } })
      return parts.backend.stop(ref)
    }
    case 'settle': {
      const found = await findResult(parts.objects, ref)
      return 'cause' in found
        ? failAttempt(parts, job, transfer, registered, found, 'upload')
        : registerResult(parts, job, transfer, found)
    }
    case 'fail':
      return failAttempt(parts, job, transfer, registered, decision.failure, decision.container)
  }
}

async function launch(
  parts: EngineParts,
  job: Versioned<ActiveJob>,
  transfer: Versioned<Transfer>,
  registered: RegisteredAsset,
): Promise<void> {
  const { attempt } = job.value
  try {
    await parts.backend.launch(makePlan(job.value, registered))
  } catch (error) {
    if (!(error instanceof LaunchRefused)) throw error
    return failAttempt(parts, job, transfer, registered, error.failure, 'worker')
  }
  const value: Job = withAttempt(job.value, attempt, { launched: true })
  await commit(parts, { job: { value, revision: job.revision } })
  parts.logger.info('attempt launched', { jobId: job.value.id, attempt, assetId: job.value.assetId })
  return undefined
}

/** Ends an attempt that failed: logs first, then either the next attempt or the end of job and transfer. */
async function failAttempt(
  parts: EngineParts,
  job: Versioned<ActiveJob>,
  transfer: Versioned<Transfer>,
  registered: RegisteredAsset,
  found: Failure,
  container: Container,
): Promise<void> {
  const { id, attempt } = job.value
  const lines = await keepLogs(parts, { jobId: id, attempt }, container)
  const failure: Failure = lines.length === 0 ? found : { ...found, lastLogLines: lines }
  const kept = { value: withAttempt(job.value, attempt, { logsKept: true }), revision: job.revision }
  if (!mayRetry(attempt, failure, registered.asset.limits.retries)) return failJob(parts, kept, transfer, failure)
  const now = parts.clock.now()
  await commit(parts, { job: applyToJob(kept, { type: 'attempt-failed', attempt, failure }, now) })
  parts.logger.warn('attempt failed, another follows', {
    jobId: id,
    attempt,
    cause: failure.cause,
    reason: failure.message,
  })
  return undefined
}
