import { causes } from '../../core/job/causes.ts'
import type { Job } from '../../core/job/job.ts'
import { jobTransitions } from '../../core/job/transition.ts'

/**
 * Whether what a row says is a job as this release knows them. Another release, or somebody's hand, may have written it; what is not one
 * concerns its own job only.
 */
export function isReadableJob(value: unknown): value is Job {
  if (!isRecord(value) || !Array.isArray(value['attempts'])) return false
  const { id, assetId, state, attempt, attempts, createdAt, since, origin, failure } = value
  return (
    typeof id === 'string' &&
    typeof assetId === 'string' &&
    typeof state === 'string' &&
    Object.hasOwn(jobTransitions, state) &&
    Number.isInteger(attempt) &&
    isTime(createdAt) &&
    isTime(since) &&
    isRecord(origin) &&
    (state !== 'failed' || isFailure(failure)) &&
    attempts.every(isAttempt)
  )
}

function isAttempt(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { number, startedAt, workerStartedAt, failure } = value
  return (
    Number.isInteger(number) &&
    isTime(startedAt) &&
    (workerStartedAt === undefined || isTime(workerStartedAt)) &&
    (failure === undefined || isFailure(failure))
  )
}

function isFailure(value: unknown): boolean {
  return isRecord(value) && typeof value['cause'] === 'string' && Object.hasOwn(causes, value['cause'])
}

/** Milliseconds that a date can have (ECMA-262, "Time Values and Time Range"). */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
