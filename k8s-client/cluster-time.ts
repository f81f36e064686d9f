import type { StepObservation } from '../core/ports/backend.ts'
import type { Clock } from '../core/ports/clock.ts'

/** Differences up to this are left alone: the API server tells its time in whole seconds, and an answer takes a while. Milliseconds. */
const toleratedMs = 5_000

/**
 * How far the service's clock is from the cluster's. Every answer of the API server tells its time. What was observed is then told in
 * the service's time, so that a limit on how long a worker may run is held against how long it ran by the cluster's clock, whatever
 * became of ours.
 */
export class ClusterTime {
  readonly #clock: Clock
  #aheadMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes the time in an answer, milliseconds since 1970. */
  heard(serverTime: number): void {
    const ahead = this.#clock.now() - serverTime
    this.#aheadMs = Math.abs(ahead) <= toleratedMs ? 0 : ahead
  }

  /** How far our clock is ahead of the cluster's, in milliseconds; 0 where they agree, below 0 where it is behind. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  /** The time by the cluster's clock, milliseconds since 1970. */
  now(): number {
    return this.#clock.now() - this.#aheadMs
  }
}

/** A step with its times moved by some milliseconds. */
export function moved(step: StepObservation, byMs: number): StepObservation {
  if (byMs === 0) return step
  const later = (time: number): number => time + byMs
  switch (step.phase) {
    case 'preparing':
      return {
        ...step,
        ...(step.waiting === undefined ? {} : { waiting: { ...step.waiting, since: later(step.waiting.since) } }),
        ...(step.fetchStartedAt === undefined ? {} : { fetchStartedAt: later(step.fetchStartedAt) }),
      }
    case 'running':
      return { ...step, workerStartedAt: later(step.workerStartedAt) }
    case 'storing':
      return {
        ...step,
        workerStartedAt: later(step.workerStartedAt),
        workerEndedAt: later(step.workerEndedAt),
        ...(step.waiting === undefined ? {} : { waiting: { ...step.waiting, since: later(step.waiting.since) } }),
      }
    case 'stored':
      return { ...step, workerStartedAt: later(step.workerStartedAt), workerEndedAt: later(step.workerEndedAt) }
    case 'failed':
      return step.workerStartedAt === undefined ? step : { ...step, workerStartedAt: later(step.workerStartedAt) }
  }
}
