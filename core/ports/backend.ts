import type { Cause, Failure } from '../job/causes.ts'
import type { AttemptRef } from '../job/names.ts'
import type { Plan } from '../job/plan.ts'

/** Something that keeps a container from starting and may pass: it ends the attempt only when `startTimeout` is over, or at once where final. */
export interface Trouble {
  readonly cause: Cause
  readonly message: string
  /** Whether waiting cannot mend it. */
  readonly final: boolean
}

/** A container that has not started yet. */
export interface Waiting {
  /** Since when it could have started, milliseconds since 1970: `startTimeout` counts from here, anew for each container. */
  readonly since: number
  readonly trouble?: Trouble
}

/** How far one step of an attempt has come. Times are milliseconds since 1970, told in the service's time where the backend's clock is another. */
export type StepObservation =
  /** The worker has not started. Without `waiting`, the sidecar fetches inputs since `fetchStartedAt`. */
  | { readonly phase: 'preparing'; readonly waiting?: Waiting; readonly fetchStartedAt?: number }
  | { readonly phase: 'running'; readonly workerStartedAt: number }
  /** The worker ended with 0; the sidecar waits to start (`waiting`) or uploads. */
  | {
      readonly phase: 'storing'
      readonly workerStartedAt: number
      readonly workerEndedAt: number
      readonly waiting?: Waiting
    }
  /** The sidecar ended with 0: the result manifest tells whether there is a result. */
  | { readonly phase: 'stored'; readonly workerStartedAt: number; readonly workerEndedAt: number }
  /** It ended otherwise. `container` is the one whose log explains it. */
  | {
      readonly phase: 'failed'
      readonly failure: Failure
      readonly container: Container
      readonly workerStartedAt?: number
      readonly workerEndedAt?: number
    }

/** What a backend knows of one attempt. */
export type Observation =
  /** Nothing of it exists. */
  | { readonly presence: 'absent' }
  /** It is being removed. */
  | { readonly presence: 'removing' }
  | { readonly presence: 'present'; readonly step: StepObservation }

/** The containers of a step, in the order in which they run. */
export const containers = ['fetch', 'worker', 'upload'] as const
/** One of the containers of a step. */
export type Container = (typeof containers)[number]

/** An attempt of which something exists on a backend. */
export interface FoundAttempt extends AttemptRef {
  /** Since when, milliseconds since 1970 by the backend's clock. */
  readonly since: number
  /** The installation whose attempt it is (`Store.installation`); unset where it does not say. */
  readonly installation?: string
}

/** A part of a container's log. */
export interface LogPart {
  /** Where it begins: how many bytes of the log lie before it. */
  readonly start: number
  readonly bytes: Uint8Array
}

/**
 * Where plans run. Every method may be repeated at any time and after any crash, because names follow from job and attempt alone.
 * Methods fail with an ordinary Error when the backend cannot be reached or answers unclearly; the engine then comes back later.
 */
export interface Backend {
  readonly name: string
  /**
   * Brings the objects of an attempt into being and sets it going; does nothing where that is done.
   * @throws LaunchRefused where the backend says that this plan can never run
   */
  launch(plan: Plan): Promise<void>
  /** What is true of an attempt right now, asked of the backend itself, not of a cache. */
  observe(ref: AttemptRef): Promise<Observation>
  /** Asks the worker to end (SIGTERM, then SIGKILL after a few seconds) and keeps what is needed to read its log. */
  stop(ref: AttemptRef): Promise<void>
  /**
   * The log of one container so far, `undefined` where there is none (it never started, or the log is lost). A reader who follows it
   * asks for what comes after the bytes that it has.
   * @param maximumBytes where there is more, the end is given, and `start` tells how much was left out
   * @param from the byte to begin with, 0 where it is absent. A log that is shorter (its beginning was rotated away) is given anew, with
   * a `start` below `from`
   */
  log(ref: AttemptRef, container: Container, maximumBytes: number, from?: number): Promise<LogPart | undefined>
  /** Starts the removal of everything of an attempt. It is over when `observe` says `absent`. */
  remove(ref: AttemptRef): Promise<void>
  /**
   * Every attempt of which something exists, of whichever installation, for finding what nobody owns any more.
   * @param unreadable is told of a part that cannot be read now, which is passed over then; without it, or where nothing can be read, that is
   * an error
   */
  list(unreadable?: (error: unknown) => void): Promise<readonly FoundAttempt[]>
  /** Names a listener that is told whenever something of a job may have changed. It is a hint, no more: it may come late, twice or never. */
  watch(listener: (jobId: string) => void): void
  /** Fails where the backend cannot be used right now. */
  check(): Promise<void>
  /** Stops watching and closes connections. What runs goes on. */
  close(): Promise<void>
}

/** The backend says that a plan can never run as it is. */
export class LaunchRefused extends Error {
  override readonly name = 'LaunchRefused'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}
