/** How long what a real cluster takes its time for takes here. Milliseconds; what takes none can never be interrupted. */
export interface Pace {
  /** Until a Job that was let go has its pod. */
  readonly podMs: number
  /** Until a container has started. */
  readonly startMs: number
  /** Until what is deleted is gone. */
  readonly goneMs: number
}

/** At once. */
export const noPause: Pace = { podMs: 0, startMs: 0, goneMs: 0 }
