import { parseQuantity } from '../asset/quantity.ts'
import type { ComputeAsset } from '../asset/schema.ts'
import { type Attempt, isFinal, type Job } from '../job/job.ts'
import { type AttemptUsage, type JobUsage, nothingUsed, type UsageOutcome, type UsageSubject } from './record.ts'

const gib = 2 ** 30
/** What a worker that ran counts at least: Kubernetes tells its times to the second, so a short one would count nothing. */
const leastSeconds = 1

/** For whom a job runs. */
export function subjectOf(job: Job): UsageSubject {
  const terms = 'terms' in job ? job.terms : undefined
  return {
    jobId: job.id,
    assetId: job.assetId,
    assetVersion: terms?.assetVersion ?? null,
    agreementId: terms?.agreementId ?? null,
    consumerId: terms?.consumerId ?? null,
    connectorId: job.origin.kind === 'transfer' ? job.origin.connectorId : null,
  }
}

/** What an attempt moved, as it was counted. */
export interface MovedBytes {
  readonly fetchedBytes: number
  readonly storedBytes: number
}

/**
 * What an attempt used whose objects are gone. The worker's time is that of its container; where nobody saw it end, it goes to the
 * moment in which that was noticed.
 * @param now milliseconds since 1970
 */
export function usageOfAttempt(
  job: Job,
  attempt: Attempt,
  resources: ComputeAsset['resources'],
  moved: MovedBytes,
  now: number,
): AttemptUsage {
  const { workerStartedAt, number, startedAt } = attempt
  const seen = attempt.workerEndedAt
  const workerEndedAt = workerStartedAt === undefined ? undefined : Math.max(workerStartedAt, seen ?? job.since)
  const ran = workerStartedAt === undefined ? undefined : ((workerEndedAt ?? workerStartedAt) - workerStartedAt) / 1000
  const seconds = ran === undefined ? 0 : Math.max(leastSeconds, ran)
  const cause = attempt.failure?.cause
  return {
    ...subjectOf(job),
    ...nothingUsed,
    ...moved,
    kind: 'attempt',
    number,
    at: now,
    outcome: outcomeOf(job, attempt),
    ...(cause === undefined ? {} : { cause }),
    startedAt,
    ...(workerStartedAt === undefined ? {} : { workerStartedAt }),
    ...(workerEndedAt === undefined ? {} : { workerEndedAt }),
    ...(workerStartedAt !== undefined && seen === undefined ? { estimated: true } : {}),
    cpuSeconds: seconds * (parseQuantity(resources.cpu) ?? 0),
    memoryGibSeconds: (seconds * (parseQuantity(resources.memory) ?? 0)) / gib,
    gpuSeconds: seconds * (resources.gpu?.count ?? 0),
  }
}

function outcomeOf(job: Job, { number, failure }: Attempt): UsageOutcome {
  if (failure !== undefined) return 'failed'
  return job.state === 'succeeded' && number === job.attempt ? 'succeeded' : 'cancelled'
}

/** The record of a job that came to its end; `undefined` where it was over before, or is not over. */
export function usageOfEnd(before: Job | undefined, after: Job): JobUsage | undefined {
  if (!isFinal(after) || (before !== undefined && isFinal(before))) return undefined
  const cause = after.state === 'failed' ? after.failure.cause : after.state === 'cancelled' ? after.by : undefined
  return {
    ...subjectOf(after),
    ...nothingUsed,
    kind: 'job',
    number: 0,
    at: after.since,
    outcome: after.state,
    ...(cause === undefined ? {} : { cause }),
  }
}
