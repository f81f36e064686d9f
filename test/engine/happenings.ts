import fc from 'fast-check'
import { ServiceError } from '../../core/errors.ts'
import type { Cause } from '../../core/job/causes.ts'
import { isFinal } from '../../core/job/job.ts'
import { cancelByOperator } from '../../entrypoint/engine/end-job.ts'
import { type RetryVersion, retryByOperator } from '../../entrypoint/engine/retry-job.ts'
import { assertQuiet, type Steps } from './invariants.ts'
import type { Happening } from './scripted-backend.ts'
import { Crash, type Fault, InjectedFault } from './faults.ts'
import { day, minute, type World } from './world.ts'

/** Something that happens to the engine from outside, or goes wrong, at any moment. Numbers choose among what there is. */
export type Event =
  | { readonly type: 'request'; readonly agreement: number; readonly valid: boolean }
  | { readonly type: 'message-again'; readonly process: number }
  | {
      readonly type: 'connector'
      readonly process: number
      readonly state: 'terminated' | 'completed' | 'suspended' | 'started'
    }
  | { readonly type: 'backend'; readonly attempt: number; readonly happening: Happening }
  | { readonly type: 'fault'; readonly call: string; readonly times: number; readonly fault: Fault }
  | { readonly type: 'crash' }
  | { readonly type: 'operator-cancels'; readonly job: number }
  | { readonly type: 'operator-retries'; readonly job: number; readonly version: RetryVersion }
  | { readonly type: 'new-version' }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'clock-set-back'; readonly ms: number }

const calls = [
  ...['launch', 'observe', 'stop', 'log', 'remove'].map((name) => `backend.${name}`),
  ...['transferProcess', 'agreement', 'provisioned', 'terminate'].map((name) => `connector.${name}`),
  ...['put', 'head', 'open', 'removeAll'].map((name) => `objects.${name}`),
  ...['commit', 'finish', 'claim', 'job', 'markResult', 'wake', 'line'].map((name) => `store.${name}`),
]
const causes: readonly Cause[] = ['exit-code', 'out-of-memory', 'evicted', 'upload-failed']
const small = fc.nat({ max: 7 })
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Happening>({ to: 'fetching' }) },
  { weight: 4, arbitrary: fc.constant<Happening>({ to: 'running' }) },
  { weight: 3, arbitrary: fc.constant<Happening>({ to: 'storing' }) },
  { weight: 4, arbitrary: fc.constant<Happening>({ to: 'stored' }) },
  { weight: 1, arbitrary: fc.constant<Happening>({ to: 'stored-nothing' }) },
  { weight: 1, arbitrary: fc.constant<Happening>({ to: 'gone' }) },
  { weight: 1, arbitrary: fc.constant<Happening>({ to: 'removing' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      to: fc.constant('failed' as const),
      failure: fc.record({ cause: fc.constantFrom(...causes), message: fc.constant('It failed.') }),
    }),
  },
)

const connectorEvent = fc.record({
  type: fc.constant('connector' as const),
  process: small,
  state: fc.constantFrom('terminated', 'completed', 'suspended', 'started'),
})
const backendEvent = fc.record({ type: fc.constant('backend' as const), attempt: small, happening })
const faultEvent = fc.record({
  type: fc.constant('fault' as const),
  call: fc.constantFrom(...calls),
  times: fc.integer({ min: 1, max: 4 }),
  fault: fc.constantFrom<Fault>('fails', 'done-but-fails', 'crash-before', 'crash-after'),
})
const requestEvent = fc.record({
  type: fc.constant('request' as const),
  agreement: fc.nat({ max: 2 }),
  valid: fc.nat({ max: 9 }).map((number) => number > 0),
})
const timeEvent = fc.record({
  type: fc.constant('time' as const),
  ms: fc.oneof(fc.nat({ max: 3_000 }), fc.nat({ max: minute }), fc.nat({ max: 40 * minute })),
})

const retryEvent = fc.record({
  type: fc.constant('operator-retries' as const),
  job: small,
  version: fc.constantFrom<RetryVersion>('same', 'newest'),
})

/** An event of any kind. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: requestEvent },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('message-again' as const), process: small }) },
  { weight: 4, arbitrary: connectorEvent },
  { weight: 12, arbitrary: backendEvent },
  { weight: 6, arbitrary: faultEvent },
  { weight: 1, arbitrary: fc.constant<Event>({ type: 'crash' }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('operator-cancels' as const), job: small }) },
  { weight: 2, arbitrary: retryEvent },
  { weight: 1, arbitrary: fc.constant<Event>({ type: 'new-version' }) },
  { weight: 12, arbitrary: timeEvent },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clock-set-back' as const), ms: fc.nat({ max: 5_000 }) }) },
)

/** Something that happens outside while steps are under way. */
export type OutsideEvent = Extract<Event, { type: 'connector' | 'backend' }>

/** An event outside: on the backend, or at a connector. */
export const outsideEvent: fc.Arbitrary<OutsideEvent> = fc.oneof(
  { weight: 2, arbitrary: connectorEvent },
  { weight: 5, arbitrary: backendEvent },
)

/** Lets an event happen that does not touch the engine. */
export async function happenOutside(world: World, event: OutsideEvent): Promise<void> {
  if (event.type === 'connector') {
    const id = processAt(world, event.process)
    if (id !== undefined) moveProcess(world, id, event.state)
    return
  }
  const existing = await world.backend.list()
  const ref = existing[event.attempt % Math.max(existing.length, 1)]
  if (ref !== undefined) await world.happen(ref.jobId, event.happening, ref.attempt)
}

/** Lets an event happen. */
export async function happen(
  world: World,
  event: Event,
  counters: { processes: number; versions: number },
): Promise<void> {
  switch (event.type) {
    case 'request': {
      counters.processes += 1
      const parameters = event.valid ? undefined : '{"UNDECLARED":1}'
      return unlessInjected(() =>
        world.request(`process-${counters.processes}`, { agreementId: `agreement-${event.agreement}`, parameters }),
      )
    }
    case 'message-again': {
      const id = processAt(world, event.process)
      return id === undefined ? undefined : unlessInjected(() => world.send(id))
    }
    case 'connector':
    case 'backend':
      return happenOutside(world, event)
    case 'fault':
      return world.faults.next(event.call, event.fault.startsWith('crash') ? 1 : event.times, event.fault)
    case 'crash':
      return world.restart()
    case 'operator-cancels':
      return operatorCancels(world, event.job)
    case 'operator-retries':
      return operatorRetries(world, event.job, event.version)
    case 'new-version':
      counters.versions += 1
      return world.offer({
        ...bounded,
        version: `2.0.${counters.versions}`,
        onFailure: counters.versions % 2 === 1 ? 'report' : 'terminate',
      })
    case 'time':
      return passing(world, event.ms)
    case 'clock-set-back':
      return world.clock.jump(-event.ms)
  }
}

/** The asset of these worlds, in each of its versions. */
export const bounded = {
  retention: '1h',
  limits: { concurrentJobs: 2, jobsPerAgreement: 3, retries: 1, timeout: '30m', startTimeout: '5m' },
} as const

async function operatorCancels(world: World, index: number): Promise<void> {
  const jobs = (await world.store.listJobs({ limit: 10_000 })).filter((job) => !isFinal(job))
  const job = jobs[index % Math.max(jobs.length, 1)]
  if (job === undefined) return
  await unlessInjected(() => cancelByOperator(world.parts, job.id, 'the operator says so'))
  await world.check()
}

async function operatorRetries(world: World, index: number, version: RetryVersion): Promise<void> {
  const jobs = (await world.store.listJobs({ limit: 10_000 })).filter(
    (job) => (job.state === 'failed' || job.state === 'cancelled') && job.retriedAs === undefined,
  )
  const job = jobs[index % Math.max(jobs.length, 1)]
  if (job === undefined) return
  await unlessInjected(() => retryByOperator(world.parts, job.id, version))
  await world.check()
}

/** Everything that can be mended is; consumers fetch their results or give up; then all must come to its end. */
export async function comeToTheEnd(world: World, steps?: Steps): Promise<void> {
  world.faults.heal()
  if (world.faults.crashed) await world.restart()
  world.connector.startedThen = { afterMs: 1_000, state: 'completed' }
  for (const { id, state } of world.connector.processes.values()) {
    if (state === 'started') world.connector.move(id, 'completed')
    if (state === 'suspended') world.connector.move(id, 'terminated')
  }
  await world.toTheEnd(40 * day)
  await assertQuiet(world, steps)
}

/** A process moves as processes can. */
function moveProcess(world: World, id: string, state: 'terminated' | 'completed' | 'suspended' | 'started'): void {
  const { state: was } = world.connector.process(id)
  if (state === 'suspended' && was !== 'started') return
  if (state === 'started' && was !== 'suspended') return
  if (state === 'completed' && was !== 'started') return
  world.connector.move(id, state)
}

/** The id of one of the processes. */
function processAt(world: World, index: number): string | undefined {
  const ids = [...world.connector.processes.keys()]
  return ids[index % Math.max(ids.length, 1)]
}

/** Asks the service for something; whoever gets no answer does not ask again here. */
async function unlessInjected(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask()
  } catch (error) {
    const refused =
      error instanceof ServiceError && (error.code === 'job-not-retryable' || error.code === 'job-unverified')
    if (!(error instanceof Crash || error instanceof InjectedFault || refused)) throw error
  }
}

/** Time passes; a process that ends starts again. */
async function passing(world: World, ms: number): Promise<void> {
  const end = world.clock.now() + ms
  while (world.clock.now() < end) {
    await world.pass(end - world.clock.now())
    if (!world.faults.crashed) return
    await world.restart()
  }
}
