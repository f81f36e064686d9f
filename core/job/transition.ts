import { type TransitionError, transitionError } from '../transition-error.ts'
import type { Failure } from './causes.ts'
import { type Attempt, type CancelledBy, isFinal, type Job, type JobState, type Terms, withAttempt } from './job.ts'

/** The states each state may change to. `queued` after an attempt means the next attempt. docs/architecture.md is generated from this. */
export const jobTransitions = {
  accepted: ['queued', 'failed', 'cancelled'],
  queued: ['starting', 'failed', 'cancelled'],
  starting: ['running', 'storing', 'succeeded', 'queued', 'failed', 'cancelled'],
  running: ['storing', 'succeeded', 'queued', 'failed', 'cancelled'],
  storing: ['succeeded', 'queued', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobState, readonly JobState[]>

/** What can happen to a job. Events of an attempt name it. */
export type JobEvent =
  | { readonly type: 'verified'; readonly terms: Terms }
  | { readonly type: 'slot-taken'; readonly attempt: number }
  | { readonly type: 'worker-started'; readonly attempt: number; readonly workerStartedAt: number }
  | { readonly type: 'worker-ended'; readonly attempt: number; readonly workerStartedAt: number }
  | { readonly type: 'result-registered'; readonly attempt: number }
  | { readonly type: 'attempt-failed'; readonly attempt: number; readonly failure: Failure }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'cancelled'; readonly by: CancelledBy; readonly reason: string }

const targets = {
  verified: 'queued',
  'slot-taken': 'starting',
  'worker-started': 'running',
  'worker-ended': 'storing',
  'result-registered': 'succeeded',
  'attempt-failed': 'queued',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobEvent['type'], JobState>

/** Position within one attempt: a job never goes back. */
const ranks = {
  accepted: 0,
  queued: 1,
  starting: 2,
  running: 3,
  storing: 4,
  succeeded: 5,
  failed: 5,
  cancelled: 5,
} as const satisfies Record<JobState, number>

/**
 * Applies an event to a job. Forward only, in the order (attempt, state): an event of an earlier attempt, of a state already
 * passed, or for a job that is over, changes nothing and gives the very same job back.
 * @param now milliseconds since 1970
 */
export function transition(job: Job, event: JobEvent, now: number): Job | TransitionError {
  if (isFinal(job)) return job
  if ('attempt' in event) {
    if (event.attempt < job.attempt) return job
    if (event.attempt > job.attempt) return transitionError(job.state, event.type)
  }
  const target = targets[event.type]
  if (event.type !== 'attempt-failed' && ranks[target] <= ranks[job.state]) return job
  const allowed: readonly JobState[] = jobTransitions[job.state]
  return allowed.includes(target) ? apply(job, event, now) : transitionError(job.state, event.type)
}

function apply(
  job: Exclude<Job, { state: 'succeeded' | 'failed' | 'cancelled' }>,
  event: JobEvent,
  now: number,
): Job | TransitionError {
  const { terms } = { terms: undefined, ...job }
  const ended = terms === undefined ? {} : { terms }
  switch (event.type) {
    case 'verified':
      return { ...job, state: 'queued', terms: event.terms, since: now }
    case 'failed':
      return { ...failLatest(job, event.failure), state: 'failed', ...ended, failure: event.failure, since: now }
    case 'cancelled':
      return { ...job, state: 'cancelled', ...ended, by: event.by, reason: event.reason, since: now }
    default:
      return terms === undefined
        ? transitionError(job.state, event.type)
        : applyToAttempt({ ...job, terms }, event, now)
  }
}

type AttemptEvent = Exclude<JobEvent, { type: 'verified' | 'failed' | 'cancelled' }>

function applyToAttempt(job: Job & { terms: Terms }, event: AttemptEvent, now: number): Job {
  switch (event.type) {
    case 'slot-taken': {
      const attempt: Attempt = {
        number: event.attempt,
        startedAt: now,
        launched: false,
        logsKept: false,
        removed: false,
      }
      const waited = (job.waited ?? 0) + Math.max(0, now - job.since)
      return { ...job, state: 'starting', attempts: [...job.attempts, attempt], since: now, waited }
    }
    case 'worker-started':
      return {
        ...withAttempt(job, event.attempt, { workerStartedAt: event.workerStartedAt }),
        state: 'running',
        since: now,
      }
    case 'worker-ended':
      return {
        ...withAttempt(job, event.attempt, { workerStartedAt: event.workerStartedAt }),
        state: 'storing',
        since: now,
      }
    case 'result-registered':
      return { ...job, state: 'succeeded', since: now }
    case 'attempt-failed':
      return {
        ...failLatest(job, event.failure),
        state: 'queued',
        attempt: job.attempt + 1,
        terms: job.terms,
        since: now,
      }
  }
}

function failLatest<J extends Job>(job: J, failure: Failure): J {
  return withAttempt(job, job.attempt, { failure })
}
