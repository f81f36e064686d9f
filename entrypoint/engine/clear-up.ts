import type { ComputeAsset } from '../../core/asset/schema.ts'
import { crash } from '../../core/crash-point.ts'
import { type Attempt, isFinal, type Job, withAttempt } from '../../core/job/job.ts'
import { type AttemptRef, attemptPrefix, filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import type { Versioned } from '../../core/ports/store.ts'
import { usageOfAttempt } from '../../core/usage/of-job.ts'
import { commit, committed } from './apply.ts'
import { keepLogs } from './keep-logs.ts'
import type { EngineParts } from './parts.ts'
import { scheduleExpiry } from './step-expiry.ts'
import { workerTimes } from './worker-times.ts'

/** Pause between two looks at objects that are being removed, in case nobody says that they are gone. Milliseconds. */
const removingMs = 1_000

/**
 * Removes what exists of the attempts that are over: ends the worker, keeps the logs, removes the objects, then frees the slot.
 * @param failures how often this failed in a row
 * @returns when to look again, or `undefined` where nothing is left
 */
export async function clearUp(parts: EngineParts, job: Versioned<Job>, failures: number): Promise<number | undefined> {
  const over = job.value.attempts.find((attempt) => !attempt.removed)
  if (over === undefined) {
    if (isFinal(job.value)) await scheduleExpiry(parts, job.value)
    return undefined
  }
  const ref = { jobId: job.value.id, attempt: over.number }
  const observation = await parts.backend.observe({ ...ref, ...consumerOf(job.value) })
  const now = parts.clock.now()
  if (observation.presence === 'removing') return now + removingMs
  if (observation.presence === 'absent') {
    await release(parts, job, over)
    return now
  }
  if (isWorking(observation.step)) {
    if (over.stopping === undefined) {
      await commit(parts, mark(job, over, { stopping: { since: now } }))
      crash('clear-up-stopping')
      await parts.backend.stop(ref)
      return now + removingMs
    }
    if (now < over.stopping.since + parts.times.stopTimeoutMs) {
      await parts.backend.stop(ref)
      return Math.min(now + removingMs, over.stopping.since + parts.times.stopTimeoutMs)
    }
  }
  if (!over.logsKept) {
    const { lastLines: _, ...counted } = await keepLogs(parts, ref, 'worker', failures)
    const change = mark(job, over, { logsKept: true, ...counted, ...workerTimes(observation) })
    await commit(parts, change)
    crash('clear-up-logs-kept')
    await parts.backend.remove(ref)
    return parts.clock.now() + removingMs
  }
  await parts.backend.remove(ref)
  crash('objects-removing')
  return now + removingMs
}

/** For whom it is, where that is known: attempts exist only of jobs that were verified. */
function consumerOf(job: Job): { readonly consumerId?: string } {
  return 'terms' in job && job.terms !== undefined ? { consumerId: job.terms.consumerId } : {}
}

/** A worker or an upload is at it: it gets the chance to end by itself. */
function isWorking(step: StepObservation): boolean {
  return step.phase === 'running' || (step.phase === 'storing' && step.waiting === undefined)
}

function mark(job: Versioned<Job>, attempt: Attempt, change: Partial<Attempt>): { job: Versioned<Job> } {
  return { job: { value: withAttempt(job.value, attempt.number, change), revision: job.revision } }
}

/**
 * The objects are gone: what the attempt left in the object store goes too, unless it is the result; then the slot is free, and what
 * the attempt used is known.
 */
async function release(parts: EngineParts, job: Versioned<Job>, attempt: Attempt): Promise<void> {
  const ref = { jobId: job.value.id, attempt: attempt.number }
  const isResult = job.value.state === 'succeeded' && attempt.number === job.value.attempt
  await withdraw(parts, ref) // before its leftovers are removed: else more could come
  const storedBytes = isResult ? await resultBytes(parts, job.value.id) : await removeLeftovers(parts, ref)
  const change = mark(job, attempt, { removed: true })
  const moved = { fetchedBytes: attempt.fetchedBytes ?? 0, storedBytes }
  const resources = await resourcesOf(parts, job.value)
  const usage = usageOfAttempt(job.value, attempt, resources, moved, parts.clock.now())
  await commit(parts, { ...change, usage })
  crash('slot-freed')
  const after = committed(change.job).value
  if (isFinal(after))
    parts.logger.info('job cleared up', {
      jobId: after.id,
      attempt: attempt.number,
      state: after.state,
      prefix: attemptPrefix(ref),
    })
}

/** Takes the attempt's credentials back. They run out anyway, so that this keeps nothing from going on. */
async function withdraw({ objects, logger }: EngineParts, ref: AttemptRef): Promise<void> {
  try {
    await objects.withdraw?.({ writePrefix: attemptPrefix(ref) })
  } catch (error) {
    logger.warn('the credentials of an attempt were not taken back, they run out by themselves', { ...ref, error })
  }
}

/** Removes what an attempt without a result left. @returns how many bytes that were */
async function removeLeftovers(parts: EngineParts, ref: AttemptRef): Promise<number> {
  const files = await parts.objects.erase(filesPrefix(ref))
  const manifest = await parts.objects.erase(manifestKey(ref))
  crash('leftovers-removed')
  if (files.left + manifest.left > 0)
    throw new Error(`the object store still has something below ${attemptPrefix(ref)} after its removal`)
  return files.bytes
}

async function resultBytes(parts: EngineParts, jobId: string): Promise<number> {
  const result = await parts.store.result(jobId)
  return result?.manifest.totalBytes ?? 0
}

async function resourcesOf(parts: EngineParts, job: Job): Promise<ComputeAsset['resources']> {
  const version = 'terms' in job ? job.terms?.assetVersion : undefined
  const registered = version === undefined ? undefined : await parts.assetVersion(job.assetId, version)
  if (registered === undefined) throw new Error(`the asset version of the job ${job.id} is not in the store`)
  return registered.asset.resources
}
