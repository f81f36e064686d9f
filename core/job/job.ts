import type { ResultManifest } from '../result/manifest.ts'
import type { Failure } from './causes.ts'

/** For whom a job runs and why. Other front doors (OGC API Processes, a federated peer) become further kinds. */
export type Origin = TransferOrigin | OperatorOrigin

/** A consumer's transfer. */
export interface TransferOrigin {
  readonly kind: 'transfer'
  readonly transferId: string
  readonly connectorId: string
  /** The job in whose place it runs by an operator's word: the transfer then was still open. */
  readonly retryOf?: string
}

/** An operator, who has a job run again whose transfer is over: nobody is told of its end. */
export interface OperatorOrigin {
  readonly kind: 'operator'
  /** The job that it repeats. */
  readonly retryOf: string
}

/** What was verified with the connector and frozen: later changes of agreement or asset do not touch the job. */
export interface Terms {
  readonly assetVersion: string
  readonly agreementId: string
  /** The participant the job is for. */
  readonly consumerId: string
  /** When the agreement ends by its own terms, milliseconds since 1970; unset where it does not say. The result goes then at the latest. */
  readonly agreementEndsAt?: number
  /** The consumer's parameters as environment variables, defaults filled in. */
  readonly parameters: Readonly<Record<string, string>>
}

/** One try of a job on the backend. Times are milliseconds since 1970. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** When it took its slot. */
  readonly startedAt: number
  /** Whether the backend confirmed that the objects exist: from then on their absence means that somebody removed them. */
  readonly launched: boolean
  /** When the worker started, by the backend's clock. */
  readonly workerStartedAt?: number
  /** When it ended, likewise; unset where nobody saw that. */
  readonly workerEndedAt?: number
  /** What the sidecar fetched of inputs, in bytes; unset where its log does not say. */
  readonly fetchedBytes?: number
  /** We asked the backend to end the worker, when, and the failure this is to become (none for a cancelled job). */
  readonly stopping?: { readonly since: number; readonly failure?: Failure }
  /** Why it failed, where it did. */
  readonly failure?: Failure
  /** Whether the logs lie in the object store. */
  readonly logsKept: boolean
  /** Whether all its objects are gone from the backend. The slot is free only then. */
  readonly removed: boolean
}

/** Who cancelled a job. */
export type CancelledBy = 'connector' | 'consumer' | 'operator'

interface JobCommon {
  readonly id: string
  readonly origin: Origin
  readonly assetId: string
  /** The number of the attempt that is under way or comes next, from 1. */
  readonly attempt: number
  /** Every attempt that took a slot, oldest first. */
  readonly attempts: readonly Attempt[]
  readonly createdAt: number
  /** When the job came into its state. */
  readonly since: number
  /** The job that repeats this one, once an operator asked for it. */
  readonly retriedAs?: string
  /** When the logs of all its attempts were removed. */
  readonly logsRemovedAt?: number
  /** What counts for the queue timeout beside the present stay in `queued`: earlier stays, less the pauses. Milliseconds. */
  readonly waited?: number
}

/** Not asked back yet. */
export type AcceptedJob = JobCommon & { readonly state: 'accepted' }
/** Verified; waits for a slot. */
export type QueuedJob = JobCommon & {
  readonly state: 'queued'
  readonly terms: Terms
  /** Since when its transfer is suspended: it takes no slot, and the time does not count. Milliseconds since 1970. */
  readonly pausedSince?: number
}
/** An attempt is under way: objects may exist (starting), the worker runs, or the sidecar uploads (storing). */
export type ActiveJob = JobCommon & { readonly state: 'starting' | 'running' | 'storing'; readonly terms: Terms }
/** Ended well. */
export type SucceededJob = JobCommon & { readonly state: 'succeeded'; readonly terms: Terms }
/** Ended by a failure. */
export type FailedJob = JobCommon & { readonly state: 'failed'; readonly terms?: Terms; readonly failure: Failure }
/** Ended because somebody said so. */
export type CancelledJob = JobCommon & {
  readonly state: 'cancelled'
  readonly terms?: Terms
  readonly by: CancelledBy
  readonly reason: string
}

/** One execution of one asset version. */
export type Job = AcceptedJob | QueuedJob | ActiveJob | SucceededJob | FailedJob | CancelledJob

/** A state of a job. */
export type JobState = Job['state']

/** The registered result of a job: written once, for one attempt. Times are milliseconds since 1970. */
export interface Result {
  readonly jobId: string
  /** The transfer it is served to; unset for a job that an operator has run. */
  readonly transferId?: string
  readonly attempt: number
  readonly manifest: ResultManifest
  readonly registeredAt: number
  /** When its objects are due for removal; unset while the transfer is open. */
  readonly expiresAt?: number
  /** When its objects were removed. */
  readonly removedAt?: number
}

/** Whether a job is over, whatever its end. Its objects may still exist. */
export function isFinal(job: Job): job is SucceededJob | FailedJob | CancelledJob {
  return job.state === 'succeeded' || job.state === 'failed' || job.state === 'cancelled'
}

/** Whether the job occupies one of its asset's slots: some attempt's objects may exist. */
export function holdsSlot(job: Job): boolean {
  return job.attempts.some((attempt) => !attempt.removed)
}

/** Whether the job waits for a slot: it would take one now if there were one. */
export function waitsForSlot(job: Job): boolean {
  return job.state === 'queued' && !holdsSlot(job) && job.pausedSince === undefined
}

/** A job as it is accepted. */
export function acceptedJob(id: string, origin: Origin, assetId: string, now: number): AcceptedJob {
  return { id, origin, assetId, state: 'accepted', attempt: 1, attempts: [], createdAt: now, since: now }
}

/** A job that repeats another one under the terms given: what was verified for that one holds for it. */
export function repeatedJob(id: string, origin: Origin, assetId: string, terms: Terms, now: number): QueuedJob {
  return { ...acceptedJob(id, origin, assetId, now), state: 'queued', terms }
}

/** The newest attempt, or `undefined` before the first. */
export function latestAttempt(job: Job): Attempt | undefined {
  return job.attempts.at(-1)
}

/** The job with a change to one of its attempts; the job itself where there is no such attempt. */
export function withAttempt<J extends Job>(job: J, number: number, change: Partial<Omit<Attempt, 'number'>>): J {
  return {
    ...job,
    attempts: job.attempts.map((attempt) => (attempt.number === number ? { ...attempt, ...change } : attempt)),
  }
}
