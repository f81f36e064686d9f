import { crash } from '../../core/crash-point.ts'
import type { Failure } from '../../core/job/causes.ts'
import { type Decision, decide, mayRetry } from '../../core/job/decide.ts'
import { type ActiveJob, type Attempt, type Job, latestAttempt, withAttempt } from '../../core/job/job.ts'
import type { AttemptRef } from '../../core/job/names.ts'
import { makePlan, type RegisteredAsset } from '../../core/job/plan.ts'
import type { JobEvent } from '../../core/job/transition.ts'
import { type Container, LaunchRefused, type Observation } from '../../core/ports/backend.ts'
import type { Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit } from './apply.ts'
import { failJob } from './end-job.ts'
import { keepLogs } from './keep-logs.ts'
import type { EngineParts } from './parts.ts'
import { findResult, registerResult } from './settle.ts'
import { workerTimes } from './worker-times.ts'

/** A job with an attempt under way, and what belongs to it. */
export interface Attended {
  readonly job: Versioned<ActiveJob>
  /** The transfer it runs for, `undefined` where an operator has it run. */
  readonly transfer: Versioned<Transfer> | undefined
  /** How often this step failed in a row. */
  readonly failures: number
}

interface Look extends Attended {
  readonly registered: RegisteredAsset
  readonly ref: AttemptRef
  readonly observation: Observation
}

/**
 * Looks at a job with an attempt under way and takes the one next step.
 * @returns when to look again, milliseconds since 1970
 */
export async function attend(parts: EngineParts, attended: Attended): Promise<number> {
  const { id, assetId, terms, attempt } = attended.job.value
  const registered = await parts.assetVersion(assetId, terms.assetVersion)
  if (registered === undefined)
    throw new Error(`version ${terms.assetVersion} of the asset ${assetId} is not in the store`)
  const ref: AttemptRef = { jobId: id, attempt }
  const observation = await parts.backend.observe({ ...ref, consumerId: terms.consumerId })
  const look: Look = { ...attended, registered, ref, observation }
  if (observation.presence === 'absent' && (await takeLeftResult(parts, look))) return parts.clock.now()
  const now = parts.clock.now()
  const decision = decide(look.job.value, observation, registered.asset.limits, parts.times, now)
  if (decision.do === 'wait') {
    if (latestAttempt(look.job.value)?.stopping !== undefined) await parts.backend.stop(look.ref)
    return Math.min(decision.until, now + parts.times.attendMs)
  }
  await take(parts, look, decision)
  return decision.do === 'launch' ? now + parts.times.attendMs : now
}

/**
 * An attempt that took its slot so recently was not launched yet as a rule: nothing can have come of it. Unless its job waited so long: in
 * a database that was restored from a backup, it may have run since. Milliseconds.
 */
const youngMs = 30_000

/**
 * An attempt whose objects are gone may have ended well all the same: it ran while we were away, and the cluster removed what had
 * finished long ago, or somebody did by hand. The result manifest tells, also where the launch was not even on record: a second run would
 * compute the same again.
 */
async function takeLeftResult(parts: EngineParts, look: Look): Promise<boolean> {
  const attempt = latestAttempt(look.job.value)
  if (attempt === undefined || attempt.stopping !== undefined) return false
  const waitedLong = (look.job.value.waited ?? 0) >= youngMs
  if (!attempt.launched && !waitedLong && parts.clock.now() < attempt.startedAt + youngMs) return false
  const found = await findResult(parts.objects, look.ref)
  if ('cause' in found) return false
  parts.logger.warn('a result was found of an attempt that is gone', { ...look.ref })
  await registerResult(parts, look, found)
  return true
}

async function take(parts: EngineParts, look: Look, decision: Exclude<Decision, { do: 'wait' }>): Promise<void> {
  const { attempt } = look.ref
  switch (decision.do) {
    case 'launch':
      return launch(parts, look)
    case 'note-running':
      return note(parts, look, { type: 'worker-started', attempt, workerStartedAt: decision.workerStartedAt })
    case 'note-storing':
      return note(parts, look, { type: 'worker-ended', attempt, workerStartedAt: decision.workerStartedAt })
    case 'stop':
      // Written down first: whoever looks next knows why the worker ends.
      await mark(parts, look, { stopping: { since: parts.clock.now(), failure: decision.failure } })
      crash('stop-kept')
      await parts.backend.stop(look.ref)
      return crash('stop-sent')
    case 'settle': {
      const found = await findResult(parts.objects, look.ref)
      return 'cause' in found ? failAttempt(parts, look, found, 'upload') : registerResult(parts, look, found)
    }
    case 'fail':
      return failAttempt(parts, look, decision.failure, decision.container)
  }
}

async function note(parts: EngineParts, { job }: Look, event: JobEvent): Promise<void> {
  await commit(parts, { job: applyToJob(job, event, parts.clock.now()) })
  crash('running-kept')
}

async function mark(parts: EngineParts, { job, ref }: Look, change: Partial<Attempt>): Promise<void> {
  const value: Job = withAttempt(job.value, ref.attempt, change)
  await commit(parts, { job: { value, revision: job.revision } })
}

async function launch(parts: EngineParts, look: Look): Promise<void> {
  const { job, ref, registered } = look
  try {
    await parts.backend.launch(makePlan(job.value, registered, parts.installation))
    crash('launch-done')
  } catch (error) {
    if (!(error instanceof LaunchRefused)) throw error
    return failAttempt(parts, look, error.failure, 'worker')
  }
  await mark(parts, look, { launched: true })
  crash('launch-kept')
  parts.logger.info('attempt launched', { ...ref, assetId: job.value.assetId })
  return undefined
}

/** Ends an attempt that failed: logs first, then either the next attempt or the end of job and transfer. */
async function failAttempt(parts: EngineParts, look: Look, found: Failure, container: Container): Promise<void> {
  const { job, transfer, ref, registered } = look
  const { lastLines: lines, ...counted } = await keepLogs(parts, ref, container, look.failures)
  crash('log-kept')
  const failure: Failure = lines.length === 0 ? found : { ...found, lastLogLines: lines }
  const kept = {
    value: withAttempt(job.value, ref.attempt, { logsKept: true, ...counted, ...workerTimes(look.observation) }),
    revision: job.revision,
  }
  if (!mayRetry(ref.attempt, failure, registered.asset.limits.retries)) return failJob(parts, kept, transfer, failure)
  await commit(parts, {
    job: applyToJob(kept, { type: 'attempt-failed', attempt: ref.attempt, failure }, parts.clock.now()),
  })
  crash('attempt-failed-kept')
  parts.logger.warn('attempt failed, another follows', { ...ref, cause: failure.cause, reason: failure.message })
  return undefined
}
