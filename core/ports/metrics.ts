import type { JobState } from '../job/job.ts'
import type { CallbackMessage, WorkKind } from './store.ts'

/**
 * What a job passes through, each with its own time. `accept`: the message arrives until it is on disk; `verify`: until it is
 * queued; `queue`: until an attempt has a slot; `start`: until its worker runs; `run`: until the worker ended; `store`: until the
 * result is registered; `deliver`: from the decision to tell the connector until it knows.
 */
export const stages = ['accept', 'verify', 'queue', 'start', 'run', 'store', 'deliver'] as const
/** One of them. */
export type Stage = (typeof stages)[number]

/** How a job ended: a failed one by its cause, a cancelled one by who did it. */
export interface JobEnd {
  readonly state: Extract<JobState, 'succeeded' | 'failed' | 'cancelled'>
  /** The cause of failure, who cancelled, or `none`. */
  readonly cause: string
}

/** What is counted and timed. Every method returns at once and never fails. */
export interface Metrics {
  /** A stage is over after so many milliseconds. */
  stage(stage: Stage, milliseconds: number): void
  jobEnded(end: JobEnd): void
  /** A result of so many bytes was registered. */
  result(bytes: number): void
  /** A callback was tried. */
  callback(
    kind: CallbackMessage['kind'],
    outcome: 'delivered' | 'over' | 'unknown' | 'later' | 'refused' | 'unclear' | 'error',
  ): void
  /** An item of work failed and comes back later. */
  workFailed(kind: WorkKind): void
}
