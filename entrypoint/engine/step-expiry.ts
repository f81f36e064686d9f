import { crash } from '../../core/crash-point.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Author } from '../../core/audit/entry.ts'
import { bothErased } from '../../core/audit/of-result.ts'
import { isFinal, type Job, type Result } from '../../core/job/job.ts'
import {
  type AttemptRef,
  attemptPrefix,
  filesPrefix,
  jobPrefix,
  logsPrefix,
  manifestKey,
} from '../../core/job/names.ts'
import type { Versioned } from '../../core/ports/store.ts'
import { commit } from './apply.ts'
import { cautiousNow, lookAgainAt } from './cautious-now.ts'
import type { EngineParts } from './parts.ts'

/** When to look again at a job that is to be forgotten while something of it is still needed. Milliseconds. */
const neededMs = 86_400_000
/** How long the engine leaves a removal to the request that asked for it. Milliseconds. */
const ownRemovalMs = 60_000

/**
 * Removes of a job what has had its time: its result, its logs, and at last what the history keeps of it, each by its own retention.
 * @returns when to look again (milliseconds since 1970), or `undefined` where nothing is left to wait for
 */
export async function stepExpiry(parts: EngineParts, jobId: string): Promise<number | undefined> {
  const job = await parts.store.job(jobId)
  if (job === undefined) return undefined
  const now = await cautiousNow(parts)
  const result = await parts.store.result(jobId)
  const resultAt = result?.removedAt === undefined ? result?.expiresAt : undefined
  if (result !== undefined && resultAt !== undefined && now >= resultAt) {
    await removeResult(parts, result)
    return now
  }
  const logsAt = logsDueAt(parts, job.value)
  if (logsAt !== undefined && now >= logsAt) {
    await removeLogs(parts, job)
    return now
  }
  const historyAt = historyDueAt(parts, job.value, result)
  if (historyAt !== undefined && now >= historyAt) return (await forget(parts, jobId)) ? undefined : now + neededMs
  const times = [resultAt, logsAt, historyAt].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : lookAgainAt(parts, Math.min(...times))
}

/** Has a job that is over and cleared up looked at when the first thing of it is to go. */
export async function scheduleExpiry(parts: EngineParts, job: Job): Promise<void> {
  const times = [logsDueAt(parts, job), historyDueAt(parts, job, undefined)].filter((time) => time !== undefined)
  if (times.length > 0) await parts.store.wake([{ kind: 'expire', key: job.id, dueAt: Math.min(...times) }])
}

/**
 * An operator wants a result removed now, whatever its retention and its transfer.
 * @returns whether it is gone; where it is not, the object store refused, and it is tried again by itself
 * @throws ServiceError `job-unknown`, `result-unknown`, `result-gone`
 */
export async function removeResultByOperator(
  parts: EngineParts,
  jobId: string,
  by: Author,
  reason: string,
): Promise<boolean> {
  if ((await parts.store.job(jobId)) === undefined)
    throw new ServiceError('job-unknown', `There is no job ${JSON.stringify(jobId)}.`)
  const result = await parts.store.result(jobId)
  if (result === undefined) throw new ServiceError('result-unknown', 'The job has no result.')
  if (result.removedAt !== undefined)
    throw new ServiceError('result-gone', `The result was removed ${new Date(result.removedAt).toISOString()}.`)
  const now = parts.clock.now()
  await parts.store.markResult(jobId, { expiresAt: now, by, reason })
  await parts.store.wake([{ kind: 'expire', key: jobId, dueAt: now + ownRemovalMs }])
  try {
    await removeResult(parts, result)
    return true
  } catch (error) {
    parts.logger.warn('the result could not be removed yet', { jobId, error })
    return false
  }
}

/** Removes the result's objects, looks whether anything is left, and only then says that it is gone. */
async function removeResult(parts: EngineParts, { jobId, attempt, transferId }: Result): Promise<void> {
  const ref = { jobId, attempt }
  const erased = bothErased(await parts.objects.erase(filesPrefix(ref)), await parts.objects.erase(manifestKey(ref)))
  if (erased.left > 0) throw stillThere(attemptPrefix(ref), erased.left)
  crash('expiry-removed')
  await parts.store.markResult(jobId, { removedAt: parts.clock.now(), erased })
  crash('expiry-kept')
  parts.logger.info('result removed', { jobId, transferId, objects: erased.objects, bytes: erased.bytes })
}

async function removeLogs(parts: EngineParts, { value, revision }: Versioned<Job>): Promise<void> {
  for (const { number } of value.attempts) {
    const ref: AttemptRef = { jobId: value.id, attempt: number }
    const { left } = await parts.objects.erase(logsPrefix(ref))
    if (left > 0) throw stillThere(logsPrefix(ref), left)
  }
  await commit(parts, { job: { value: { ...value, logsRemovedAt: parts.clock.now() }, revision } })
  parts.logger.info('logs removed', { jobId: value.id })
}

async function forget(parts: EngineParts, jobId: string): Promise<boolean> {
  const { left } = await parts.objects.erase(jobPrefix(jobId))
  if (left > 0) throw stillThere(jobPrefix(jobId), left)
  if ((await parts.store.forgetJob(jobId)) === 'live') return false
  parts.logger.info('job forgotten', { jobId })
  return true
}

function stillThere(prefix: string, left: number): Error {
  return new Error(`the object store still has ${left} objects or uploads below ${prefix} after their removal`)
}

function logsDueAt({ retention }: EngineParts, job: Job): number | undefined {
  const kept = job.logsRemovedAt === undefined && job.attempts.some(({ logsKept }) => logsKept)
  return retention?.logsMs === undefined || !kept || !isClearedUp(job) ? undefined : job.since + retention.logsMs
}

/** The history goes last: while the result is there, nothing is forgotten. */
function historyDueAt({ retention }: EngineParts, job: Job, result: Result | undefined): number | undefined {
  if (retention?.historyMs === undefined || !isClearedUp(job)) return undefined
  return result !== undefined && result.removedAt === undefined ? undefined : job.since + retention.historyMs
}

function isClearedUp(job: Job): boolean {
  return isFinal(job) && job.attempts.every(({ removed }) => removed)
}
