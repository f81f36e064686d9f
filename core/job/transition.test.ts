import fc from 'fast-check'
import test from 'ava'
import { isTransitionError } from '../transition-error.ts'
import { acceptedJob, isFinal, type Job, type JobState, type Terms } from './job.ts'
import { type JobEvent, jobTransitions, transition } from './transition.ts'

const terms: Terms = {
  assetVersion: '1.0.0',
  agreementId: 'agreement',
  consumerId: 'consumer',
  parameters: { TOP: '5' },
}
const failure = { cause: 'exit-code', message: 'The worker exited with 3.', exitCode: 3 } as const
const start = acceptedJob('job', { kind: 'transfer', transferId: 'transfer', connectorId: 'provider' }, 'asset', 1)

/** Events of a first attempt, by the state they lead to. */
const towards: Readonly<Record<Exclude<JobState, 'accepted'>, JobEvent>> = {
  queued: { type: 'verified', terms },
  starting: { type: 'slot-taken', attempt: 1 },
  running: { type: 'worker-started', attempt: 1, workerStartedAt: 30 },
  storing: { type: 'worker-ended', attempt: 1, workerStartedAt: 30 },
  succeeded: { type: 'result-registered', attempt: 1 },
  failed: { type: 'failed', failure },
  cancelled: { type: 'cancelled', by: 'consumer', reason: 'changed its mind' },
}

/** A job that the events brought there, in order. */
function job(...events: readonly JobEvent[]): Job {
  return events.reduce<Job>((before, event, index) => {
    const after = transition(before, event, 10 * (index + 1))
    if (isTransitionError(after)) throw new Error(`${after.from} does not take ${after.event}`)
    return after
  }, start)
}

const { queued, starting, running, storing, succeeded, failed, cancelled } = towards
const inState: Readonly<Record<JobState, Job>> = {
  accepted: start,
  queued: job(queued),
  starting: job(queued, starting),
  running: job(queued, starting, running),
  storing: job(queued, starting, running, storing),
  succeeded: job(queued, starting, running, storing, succeeded),
  failed: job(queued, starting, failed),
  cancelled: job(queued, starting, cancelled),
}
const retry: JobEvent = { type: 'attempt-failed', attempt: 1, failure }

/** The states that one event leads to from a state. */
function reached(state: JobState): readonly JobState[] {
  const states = [...Object.values(towards), retry].flatMap((event) => {
    const after = transition(inState[state], event, 99)
    return isTransitionError(after) || after === inState[state] ? [] : [after.state]
  })
  return [...new Set(states)]
}

for (const state of Object.keys(jobTransitions) as JobState[]) {
  test(`from ${state} events lead exactly where the table says`, (t) => {
    t.deepEqual(reached(state).toSorted(), [...jobTransitions[state]].toSorted())
  })
}

test('the table is the design’s', (t) => {
  const table: Readonly<Record<string, readonly string[]>> = jobTransitions
  t.deepEqual(table, {
    accepted: ['queued', 'failed', 'cancelled'],
    queued: ['starting', 'failed', 'cancelled'],
    starting: ['running', 'storing', 'succeeded', 'queued', 'failed', 'cancelled'],
    running: ['storing', 'succeeded', 'queued', 'failed', 'cancelled'],
    storing: ['succeeded', 'queued', 'failed', 'cancelled'],
    succeeded: [],
    failed: [],
    cancelled: [],
  })
})

test('a life without trouble keeps what was learned on the way', (t) => {
  t.deepEqual(inState.succeeded, {
    ...start,
    state: 'succeeded',
    terms,
    attempts: [{ number: 1, startedAt: 20, launched: false, workerStartedAt: 30, logsKept: false, removed: false }],
    since: 50,
    waited: 10,
  })
})

test('what a job waited for its slots adds up over attempts', (t) => {
  const second = job(queued, starting, running, retry, { type: 'slot-taken', attempt: 2 })
  t.is(second.waited, 20)
})

test('a failed attempt is followed by the next one, with the same terms', (t) => {
  const second = job(queued, starting, running, retry, { type: 'slot-taken', attempt: 2 })
  t.like(second, { state: 'starting', attempt: 2, terms, since: 50 })
  t.like(second.attempts[0], { number: 1, failure, workerStartedAt: 30 })
  t.like(second.attempts[1], { number: 2, startedAt: 50 })
  t.false('failure' in (second.attempts[1] ?? {}))
})

test('events of an earlier attempt change nothing', (t) => {
  const second = job(queued, starting, retry, { type: 'slot-taken', attempt: 2 })
  for (const event of [starting, running, storing, succeeded, retry]) t.is(transition(second, event, 99), second)
})

test('an event of an attempt that has not begun is a mistake of the caller', (t) => {
  t.deepEqual(transition(inState.running, { type: 'worker-ended', attempt: 2, workerStartedAt: 1 }, 99), {
    kind: 'transition-error',
    from: 'running',
    event: 'worker-ended',
  })
})

test('a failure ends the job and stands with its attempt as well', (t) => {
  t.like(inState.failed, { state: 'failed', failure, terms, attempts: [{ failure }] })
  t.like(job(failed), { state: 'failed', failure, attempts: [] })
  t.false('terms' in job(failed), 'a job that was never verified has no terms')
})

test('a cancelled job says by whom and why', (t) => {
  t.like(inState.cancelled, { state: 'cancelled', by: 'consumer', reason: 'changed its mind', terms, since: 30 })
})

/** An event of the attempt that is under way, or (seldom) of the one before or after it. */
const step = fc.oneof({ arbitrary: fc.constant(0), weight: 8 }, fc.constantFrom(-1, 1))
const anyEvent: fc.Arbitrary<(attempt: number) => JobEvent> = fc.oneof(
  fc.constant(() => queued),
  step.map(
    (by) =>
      (attempt: number): JobEvent => ({ type: 'slot-taken', attempt: attempt + by }),
  ),
  step.map(
    (by) =>
      (attempt: number): JobEvent => ({ type: 'worker-started', attempt: attempt + by, workerStartedAt: 1 }),
  ),
  step.map(
    (by) =>
      (attempt: number): JobEvent => ({ type: 'worker-ended', attempt: attempt + by, workerStartedAt: 1 }),
  ),
  step.map(
    (by) =>
      (attempt: number): JobEvent => ({ type: 'attempt-failed', attempt: attempt + by, failure }),
  ),
)
const anyEnd: fc.Arbitrary<(attempt: number) => JobEvent> = fc.oneof(
  fc.constantFrom(
    () => failed,
    () => cancelled,
  ),
  step.map(
    (by) =>
      (attempt: number): JobEvent => ({ type: 'result-registered', attempt: attempt + by }),
  ),
)
/** Long lives: an end comes seldom, else hardly any sequence would get past the first steps. */
const life = fc.array(fc.oneof({ arbitrary: anyEvent, weight: 12 }, { arbitrary: anyEnd, weight: 1 }), {
  minLength: 5,
  maxLength: 60,
})

const order = ['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled']

test('no sequence of events leaves the table, goes back, or changes what is over', (t) => {
  const seen = new Set<JobState>()
  let most = 0
  fc.assert(
    fc.property(life, (events) => {
      let before: Job = start
      for (const [index, make] of events.entries()) {
        const event = make(before.attempt)
        const frozen = JSON.stringify(before)
        const after = transition(before, event, index)
        t.is(JSON.stringify(before), frozen, 'a transition never changes the job it is given')
        if (isTransitionError(after) || after === before) continue
        t.false(isFinal(before), 'what is over stays as it is')
        const allowed: readonly JobState[] = jobTransitions[before.state]
        t.true(allowed.includes(after.state), `${before.state} -> ${after.state}`)
        t.true(
          position(after) > position(before),
          `${before.attempt} ${before.state} -> ${after.attempt} ${after.state}`,
        )
        t.is(after.since, index)
        t.true('terms' in after || !['queued', 'starting', 'running', 'storing', 'succeeded'].includes(after.state))
        t.deepEqual(
          after.attempts.map(({ number }) => number),
          [...after.attempts.keys()].map((key) => key + 1),
        )
        before = after
        seen.add(after.state)
        most = Math.max(most, after.attempt)
      }
    }),
    { numRuns: 500 },
  )
  t.is(seen.size, order.length - 1, 'the sequences reach every state')
  t.true(most > 1, 'and second attempts')
})

test('an event that came already changes nothing when it comes again', (t) => {
  fc.assert(
    fc.property(life, fc.oneof(anyEvent, anyEnd), (events, make) => {
      const before = events.reduce<Job>(
        (current, next) => keep(current, transition(current, next(current.attempt), 1)),
        start,
      )
      const event = make(before.attempt)
      const once = transition(before, event, 2)
      if (!isTransitionError(once)) t.is(transition(once, event, 3), once)
    }),
  )
})

test('once a job is over, no event changes it, whatever it is and whichever attempt it names', (t) => {
  const over = Object.values(inState).filter(isFinal)
  t.deepEqual(over.map(({ state }) => state).toSorted(), ['cancelled', 'failed', 'succeeded'])
  fc.assert(
    fc.property(fc.constantFrom(...over), fc.oneof(anyEvent, anyEnd), (before, make) => {
      const after = transition(before, make(before.attempt), 99)
      t.true(after === before || isTransitionError(after))
      // Of an attempt that there was, an event is late; of one that there never was, it is a mistake of the caller.
      const event = make(before.attempt)
      if (!('attempt' in event) || event.attempt <= before.attempt) t.is(after, before)
    }),
  )
})

test('what is reachable by any events is what the table lists, and all of it', (t) => {
  const found = new Set<JobState>(['accepted'])
  for (const state of found) for (const next of jobTransitions[state]) found.add(next)
  t.deepEqual([...found].toSorted(), Object.keys(jobTransitions).toSorted())
})

function keep(before: Job, after: ReturnType<typeof transition>): Job {
  return isTransitionError(after) ? before : after
}

/** Order of a job: by attempt, then by state. */
function position({ attempt: number, state }: Job): number {
  return number * order.length + order.indexOf(state)
}
