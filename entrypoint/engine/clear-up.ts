import { type Attempt, isFinal, type Job, withAttempt } from '../../core/job/job.ts'
import { attemptPrefix, filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import type { Versioned } from '../../core/ports/store.ts'
import { commit, committed } from './apply.ts'
import { keepLogs } from './keep-logs.ts'
import type { EngineParts } from './parts.ts'

/** Pause between two looks at objects that are being removed, in case nobody says that they are gone. Milliseconds. */
const removingMs = 1_000

/**
 * Removes what exists of the attempts that are over: ends the worker, keeps the logs, removes the objects, then frees the slot.
 * @param failures how often this failed in a row
 * @returns when to look again, or `undefined` where nothing is left
 */
export async function clearUp(parts: EngineParts, job: Versioned<Job>, failures: number): Promise<number | undefined> {
  const over = job.value.attempts.find((attempt) => !attempt.removed)
  if (over === undefined) return undefined
  const ref = { jobId: job.value.id, attempt: over.number }
  const observation = await parts.backend.observe(ref)
  const now = parts.clock.now()
  if (observation.presence === 'removing') return now + removingMs
  if (observation.presence === 'absent') {
    await release(parts, job, over)
    return now
  }
  if (isWorking(observation.step)) {
    if (over.stopping === undefined) {
      await commit(parts, mark(job, over, { stopping: { since: now } }))
      await parts.backend.stop(ref)
      return now + removingMs
    }
    if (now < over.stopping.since + parts.times.stopTimeoutMs) {
      await parts.backend.stop(ref)
      return Math.min(now + removingMs, over.stopping.since + parts.times.stopTimeoutMs)
    }
  }
  if (!over.logsKept) {
    await keepLogs(parts, ref, 'worker', failures)
    const change = mark(job, over, { logsKept: true })
    await commit(parts, change)
    await parts.backend.remove(ref)
    return parts.clock.now() + removingMs
  }
  await parts.backend.remove(ref)
  return now + removingMs
}

/** A worker or an upload is at it: it gets the chance to end by itself. */
function isWorking(step: StepObservation): boolean {
  return step.phase === 'running' || (step.phase === 'storing' && step.waiting === undefined)
}

function mark(job: Versioned<Job>, attempt: Attempt, change: Partial<Attempt>): { job: Versioned<Job> } {
  return { job: { value: withAttempt(job.value, attempt.number, change), revision: job.revision } }
}

/** The objects are gone: what the attempt left in the object store goes too, unless it is the result; then the slot is free. */
async function release(parts: EngineParts, job: Versioned<Job>, attempt: Attempt): Promise<void> {
  const ref = { jobId: job.value.id, attempt: attempt.number }
  const isResult = job.value.state === 'succeeded' && attempt.number === job.value.attempt
  if (!isResult) {
    await parts.objects.removeAll(filesPrefix(ref))
    await parts.objects.removeAll(manifestKey(ref))
  }
  const change = mark(job, attempt, { removed: true })
  await commit(parts, change)
  const after = committed(change.job).value
  await parts.store.wakeQueued(after.assetId, parts.clock.now())
  if (isFinal(after))
    parts.logger.info('job cleared up', {
      jobId: after.id,
      attempt: attempt.number,
      state: after.state,
      prefix: attemptPrefix(ref),
    })
}
