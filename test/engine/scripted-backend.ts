import type { Failure } from '../../core/job/causes.ts'
import { type AttemptRef, attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import {
  type Backend,
  type Container,
  type FoundAttempt,
  type LogPart,
  LaunchRefused,
  type Observation,
  type StepObservation,
  type Trouble,
} from '../../core/ports/backend.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { type Files, usualFiles } from './write-result.ts'

/** What becomes of an attempt next. */
export type Happening =
  /** A container cannot start: the first, or the worker after `fetching`. */
  | { readonly to: 'waiting'; readonly trouble?: Trouble }
  | { readonly to: 'fetching' }
  | { readonly to: 'running' }
  /** The worker ended with 0. With `waiting` the sidecar has not started. */
  | { readonly to: 'storing'; readonly waiting?: { readonly trouble?: Trouble } }
  /** The sidecar ended with 0 and stored `files` (the usual ones by default). */
  | { readonly to: 'stored'; readonly files?: Files }
  /** The sidecar ended with 0; what it stored is the test's own affair. */
  | { readonly to: 'stored-nothing' }
  | { readonly to: 'failed'; readonly failure: Failure; readonly container?: Container }
  /** The objects are being removed, not by the engine. */
  | { readonly to: 'removing' }
  | { readonly to: 'gone' }

/** What becomes of an attempt by itself: milliseconds after its launch, in order. */
export type Course = readonly (Happening & { readonly afterMs: number })[]

/** An attempt that comes to a good end in four seconds. */
export const endsWell: Course = [
  { afterMs: 300, to: 'fetching' },
  { afterMs: 1_000, to: 'running' },
  { afterMs: 3_000, to: 'storing' },
  { afterMs: 4_000, to: 'stored' },
]

/** An attempt whose worker runs until somebody stops it. */
export const runsForEver: Course = [
  { afterMs: 300, to: 'fetching' },
  { afterMs: 1_000, to: 'running' },
]

/** An attempt whose worker ends with 3 after two seconds: a cause that may be retried. */
export const exitsWithThree: Course = [
  ...runsForEver,
  {
    afterMs: 3_000,
    to: 'failed',
    failure: { cause: 'exit-code', message: 'The worker ended with 3.', exitCode: 3 },
  },
]

interface Existing {
  readonly plan: Plan
  readonly since: number
  removing: boolean
  step: StepObservation
  stopped: boolean
  readonly logs: Map<Container, string>
  pending: { readonly at: number; readonly happening: Happening }[]
}

/** What the backend is made with. */
export interface ScriptedBackendOptions {
  readonly clock: Clock
  /** Stores a result, as the sidecar does. False where there is one. */
  readonly store: (ref: AttemptRef, files: Files) => Promise<boolean>
}

/** No attempt goes back. */
const order = {
  waiting: 0,
  fetching: 0,
  preparing: 0,
  running: 1,
  storing: 2,
  stored: 3,
  'stored-nothing': 3,
  failed: 3,
} as const

/** How long a stopped worker takes to end, in milliseconds. */
const graceMs = 2_000

/**
 * A backend in memory whose attempts do what a test says: step by step by `happen`, or by themselves along a course. It keeps
 * its own account of what existed. Faults of its calls are the business of the ports' wrapping (faults.ts).
 */
export class ScriptedBackend implements Backend {
  readonly name = 'scripted'
  /** What becomes of a new attempt by itself; by default nothing. */
  course: (plan: Plan) => Course = () => []
  /** Refuses a plan where it gives a failure. */
  refusal: (plan: Plan) => Failure | undefined = () => undefined
  /** Whether a stopped worker ends (with 143, after two seconds). */
  obeysStop = true
  /** How long objects take to go once they are removed, in milliseconds; `undefined`: until the test says so. */
  removalMs: number | undefined = 1_000
  /** Every attempt that came into being, in order; one that was made a second time stands here twice. */
  readonly made: AttemptRef[] = []
  /** Attempts whose worker ran, by name. */
  readonly ran = new Set<string>()
  /** Attempts that were stopped by the engine while they worked, by name. */
  readonly stopped = new Set<string>()
  /** Attempts whose objects somebody else removed, by name: their logs are lost with them. */
  readonly lost = new Set<string>()
  /** What must never happen and did. */
  readonly violations: string[] = []

  readonly #options: ScriptedBackendOptions
  readonly #existing = new Map<string, Existing>()
  #tell: (jobId: string) => void = () => undefined

  constructor(options: ScriptedBackendOptions) {
    this.#options = options
  }

  async launch(plan: Plan): Promise<void> {
    const failure = this.refusal(plan)
    if (failure !== undefined) throw new LaunchRefused(failure)
    const name = attemptName(plan.ref)
    const existing = this.#existing.get(name)
    if (existing?.removing === true) throw new Error(`${name} is being removed`)
    if (existing !== undefined) return
    const others = [...this.#existing.values()].filter((one) => one.plan.ref.jobId === plan.ref.jobId)
    for (const other of others)
      this.violations.push(`${name} was launched while ${attemptName(other.plan.ref)} existed`)
    const now = this.#options.clock.now()
    this.#existing.set(name, {
      plan,
      since: now,
      removing: false,
      step: { phase: 'preparing', waiting: { since: now } },
      stopped: false,
      logs: new Map(),
      pending: this.course(plan).map(({ afterMs, ...happening }) => ({ at: now + afterMs, happening })),
    })
    this.made.push(plan.ref)
  }

  async observe(ref: AttemptRef): Promise<Observation> {
    const existing = this.#existing.get(attemptName(ref))
    if (existing === undefined) return { presence: 'absent' }
    return existing.removing ? { presence: 'removing' } : { presence: 'present', step: existing.step }
  }

  async stop(ref: AttemptRef): Promise<void> {
    const existing = this.#existing.get(attemptName(ref))
    if (existing === undefined || existing.removing || existing.stopped) return
    if (existing.step.phase === 'stored' || existing.step.phase === 'failed') return
    this.stopped.add(attemptName(ref))
    if (!this.obeysStop) return
    existing.stopped = true
    const failure: Failure = { cause: 'exit-code', message: 'The worker ended with 143.', exitCode: 143 }
    existing.pending = [{ at: this.#options.clock.now() + graceMs, happening: { to: 'failed', failure } }]
  }

  async log(ref: AttemptRef, container: Container, _most: number, from = 0): Promise<LogPart | undefined> {
    const existing = this.#existing.get(attemptName(ref))
    const text = existing === undefined || existing.removing ? undefined : existing.logs.get(container)
    return text === undefined ? undefined : { start: from, bytes: Buffer.from(text).subarray(from) }
  }

  async remove(ref: AttemptRef): Promise<void> {
    const existing = this.#existing.get(attemptName(ref))
    if (existing === undefined || existing.removing) return
    this.#beginRemoval(existing)
  }

  async list(): Promise<readonly FoundAttempt[]> {
    return [...this.#existing.values()].map(({ plan: { ref, installation }, since }) => ({
      ...ref,
      since,
      ...(installation === undefined ? {} : { installation }),
    }))
  }

  watch(listener: (jobId: string) => void): void {
    this.#tell = listener
  }

  async check(): Promise<void> {}
  async close(): Promise<void> {}

  /** The plan with which an attempt that exists was launched. */
  planOf(ref: AttemptRef): Plan | undefined {
    return this.#existing.get(attemptName(ref))?.plan
  }

  /** Lets something become of an attempt now; nothing where it does not exist or is past that. */
  async happen(ref: AttemptRef, happening: Happening): Promise<void> {
    const existing = this.#existing.get(attemptName(ref))
    if (existing === undefined) return
    if ((happening.to === 'gone' || happening.to === 'removing') && !existing.removing) this.lost.add(attemptName(ref))
    if (happening.to === 'gone') this.#existing.delete(attemptName(ref))
    else if (happening.to === 'removing') this.#beginRemoval(existing)
    else if (!existing.removing) await this.#move(existing, happening)
    this.#tell(ref.jobId)
  }

  /** When something becomes of an attempt by itself next, milliseconds since 1970. */
  nextAt(): number | undefined {
    const times = [...this.#existing.values()].flatMap(({ pending }) => pending.map(({ at }) => at))
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Lets happen what is due by the clock. */
  async advance(): Promise<void> {
    const now = this.#options.clock.now()
    for (const { plan, pending } of Array.from(this.#existing.values())) {
      for (const due of pending.filter(({ at }) => at <= now)) {
        const existing = this.#existing.get(attemptName(plan.ref))
        if (existing?.pending.includes(due) !== true) continue
        existing.pending = existing.pending.filter((one) => one !== due)
        await this.happen(plan.ref, due.happening)
      }
    }
  }

  #beginRemoval(existing: Existing): void {
    existing.removing = true
    const { removalMs } = this
    const at = this.#options.clock.now() + (removalMs ?? 0)
    existing.pending = removalMs === undefined ? [] : [{ at, happening: { to: 'gone' } }]
  }

  async #move(existing: Existing, happening: Exclude<Happening, { to: 'gone' | 'removing' }>): Promise<void> {
    const now = this.#options.clock.now()
    const { step, logs, plan } = existing
    if (order[happening.to] < order[step.phase] || step.phase === 'stored' || step.phase === 'failed') return
    const started = 'workerStartedAt' in step ? (step.workerStartedAt ?? now) : now
    const ended = 'workerEndedAt' in step ? step.workerEndedAt : now
    switch (happening.to) {
      case 'waiting': {
        const fetched = step.phase === 'preparing' ? step.fetchStartedAt : undefined
        const waiting = { since: now, ...(happening.trouble === undefined ? {} : { trouble: happening.trouble }) }
        existing.step = { phase: 'preparing', waiting, ...(fetched === undefined ? {} : { fetchStartedAt: fetched }) }
        return
      }
      case 'fetching':
        logs.set('fetch', 'fetched\n')
        existing.step = { phase: 'preparing', fetchStartedAt: now }
        return
      case 'running':
        this.ran.add(attemptName(plan.ref))
        logs.set('worker', `attempt ${plan.ref.attempt} computes\n`)
        existing.step = { phase: 'running', workerStartedAt: now }
        return
      case 'storing': {
        const waiting = happening.waiting === undefined ? {} : { waiting: { since: now, ...happening.waiting } }
        if (happening.waiting === undefined) logs.set('upload', 'uploads\n')
        existing.step = { phase: 'storing', workerStartedAt: started, workerEndedAt: now, ...waiting }
        return
      }
      case 'stored':
        existing.step = (await this.#stores(plan.ref, happening.files))
          ? { phase: 'stored', workerStartedAt: started, workerEndedAt: ended }
          : {
              phase: 'failed',
              failure: { cause: 'upload-failed', message: 'The manifest was there already.' },
              container: 'upload',
            }
        return
      case 'stored-nothing':
        existing.step = { phase: 'stored', workerStartedAt: started, workerEndedAt: ended }
        return
      case 'failed': {
        const { failure, container = 'worker' } = happening
        logs.set(container, `${logs.get(container) ?? ''}attempt ${plan.ref.attempt} failed\n`)
        existing.step = { phase: 'failed', failure, container, workerStartedAt: started }
      }
    }
  }

  /** As the sidecar stores: a manifest is only ever created. It can be there only if a lost attempt was made again. */
  async #stores(ref: AttemptRef, files: Files = usualFiles(ref)): Promise<boolean> {
    if (await this.#options.store(ref, files)) return true
    if (!this.lost.has(attemptName(ref))) this.violations.push(`two results were stored for ${attemptName(ref)}`)
    return false
  }
}
