import fc from 'fast-check'
import test from 'ava'
import { isTransitionError } from '../transition-error.ts'
import { flowTransitions, type FlowEvent, transition as flowTransition } from '../../dps/flow/transition.ts'
import type { FlowState } from '../../dps/data-plane.ts'
import { nextTask } from './due.ts'
import { isFlowOver, type NewReception, preparedReception, type Reception, type ReceptionFlow } from './reception.ts'
import { type ReceptionEvent, transition } from './transition.ts'

const source = { endpointType: 'HttpData', endpoint: 'https://provider.example/result' }
const content = { files: [], totalBytes: 0, folder: 'files/', verifiedBy: 'manifest' } as const
const failure = { cause: 'unreachable', message: 'Nobody answers.' } as const

function prepared(mode: 'pull' | 'push'): Reception {
  const terms = { messageId: 'm', agreementId: 'a', assetId: 'x', profile: `HttpData-${mode.toUpperCase()}` }
  const made: NewReception = { id: 'r', connectorId: 'c', processId: 'p', mode, terms }
  return preparedReception(mode === 'push' ? { ...made, destination: 'http' } : made, 1)
}

/** The reception after events, each at the next millisecond; fails where one cannot be. */
function after(mode: 'pull' | 'push', ...events: readonly ReceptionEvent[]): Reception {
  return events.reduce<Reception>((before, event, index) => {
    const next = transition(before, event, 2 + index)
    if (isTransitionError(next)) throw new Error(`${next.from} does not take ${next.event}`)
    return next
  }, prepared(mode))
}

const started: ReceptionEvent = { type: 'started', source }
const received: ReceptionEvent = { type: 'received', content, tell: true }

test('a pull: prepared, started, fetched, told, and the address is forgotten', (t) => {
  t.like(prepared('pull'), { flow: 'prepared', state: 'awaited', createdAt: 1, since: 1 })
  const fetching = after('pull', started)
  t.like(fetching, { flow: 'started', state: 'fetching', source, since: 2 })
  const here = after('pull', started, received)
  t.like(here, { flow: 'started', state: 'received', content, owed: 'completed', source })
  const told = after('pull', started, received, { type: 'told', news: 'completed', refused: false })
  t.like(told, { flow: 'completed', state: 'received', owed: undefined, source: undefined })
})

test('a push: prepared, started, completed, verified; nobody is told', (t) => {
  t.like(after('push', { type: 'started' }), { flow: 'started', state: 'awaited' })
  const events: ReceptionEvent[] = [{ type: 'started' }, { type: 'completed' }]
  t.like(after('push', ...events), { flow: 'completed', state: 'verifying' })
  t.like(after('push', ...events, received), { state: 'received', owed: undefined })
})

test('who was told to wait is told that it is prepared; a start says that it was heard', (t) => {
  const later = { ...prepared('push'), owed: 'prepared' } as const
  t.deepEqual(nextTask(later, 1), { task: 'tell', at: 1_001 })
  t.like(transition(later, { type: 'told', news: 'prepared', refused: false }, 9), {
    flow: 'prepared',
    owed: undefined,
  })
  t.like(transition(later, { type: 'started' }, 9), { flow: 'started', owed: undefined })
  t.like(transition(later, { type: 'terminated' }, 9), { flow: 'terminated', owed: undefined })
})

test('a control plane that refuses the news leaves the flow as it is', (t) => {
  const refused = after('pull', started, received, { type: 'told', news: 'completed', refused: true })
  t.like(refused, { flow: 'started', state: 'received', owed: undefined })
})

test('news of which nobody knows what became of it is marked, and the mark goes with it', (t) => {
  const unclear = after('pull', started, received, { type: 'told-unclearly' })
  t.like(unclear, { owed: 'completed', owedUnclear: true })
  const told = transition(unclear, { type: 'told', news: 'completed', refused: false }, 9)
  t.like(told, { owed: undefined, owedUnclear: undefined, flow: 'completed' })
  t.is(transition(unclear, { type: 'told-unclearly' }, 9), unclear, 'it is marked once')
  const inVain = transition(unclear, { type: 'told-in-vain' }, 9)
  t.like(inVain, { owed: 'completed', owedUnclear: undefined })
})

test('a later address takes the place of the one before, also on resume', (t) => {
  const other = { ...source, endpoint: 'https://provider.example/other' }
  t.deepEqual(after('pull', started, { type: 'started', source: other }).source, other)
  t.deepEqual(after('pull', started, { type: 'suspended' }, { type: 'resumed', source: other }).source, other)
  t.deepEqual(after('pull', started, { type: 'suspended' }, { type: 'resumed' }).source, source)
})

test('termination: what is whole stays, everything else goes at once, and the address with it', (t) => {
  const half = after('pull', started, { type: 'terminated', reason: 'no more' })
  t.like(half, { flow: 'terminated', state: 'failed', removeAt: 3, source: undefined, reason: 'no more' })
  t.is(half.failure?.cause, 'terminated')
  t.regex(half.failure?.message ?? '', /no more/)
  const whole = after('pull', started, received, { type: 'terminated' })
  t.like(whole, { flow: 'terminated', state: 'received', removeAt: undefined, owed: undefined, source: undefined })
  const broken = after('pull', started, { type: 'failed', failure, tell: false }, { type: 'terminated' })
  t.like(broken, { flow: 'terminated', state: 'failed', removeAt: 4, failure })
})

test('what ends while it is fetched is fetched on, and the address is kept as long as it is of use', (t) => {
  const over = after('pull', started, { type: 'completed' })
  t.like(over, { flow: 'completed', state: 'fetching', source })
  t.is(nextTask(over, 9)?.task, 'fetch')
  t.like(transition(over, received, 9), { source: undefined, owed: undefined })
  t.like(transition(over, { type: 'failed', failure, tell: true }, 9), { source, owed: undefined })
})

test('with what was fetched in vain its address goes, where the flow is over', (t) => {
  const over = after('pull', started, { type: 'completed' }, { type: 'failed', failure, tell: true })
  t.like(transition(over, { type: 'removed' }, 9), { state: 'removed', source: undefined })
  const open = after('pull', started, { type: 'failed', failure, tell: true })
  t.like(transition(open, { type: 'removed' }, 9), { state: 'removed', source })
})

test('trouble counts from its beginning, anew where something arrived in between', (t) => {
  const first = after('pull', started, { type: 'trouble', gotOn: false })
  t.is(first.troubleSince, 3)
  t.is(transition(first, { type: 'trouble', gotOn: false }, 9), first)
  t.like(transition(first, { type: 'trouble', gotOn: true }, 9), { troubleSince: 9 })
  t.like(transition(first, { type: 'waits', waitsFor: 'running' }, 9), { troubleSince: undefined, waitsFor: 'running' })
})

test('an operator has it fetched again only where there is something to fetch', (t) => {
  const failed = after('pull', started, { type: 'failed', failure, tell: false, removeAt: 99 })
  t.like(transition(failed, { type: 'again' }, 9), { state: 'fetching', failure: undefined, removeAt: undefined })
  t.true(isTransitionError(ordered(after('pull', started, received), 'again')), 'it is here')
  t.true(isTransitionError(ordered(prepared('pull'), 'again')), 'there is no address')
  const pushed = after('push', { type: 'started' }, { type: 'completed' }, { type: 'failed', failure, tell: false })
  t.like(ordered(pushed, 'again'), { state: 'verifying' })
  const gone = transition(pushed, { type: 'removed' }, 9)
  t.true(!isTransitionError(gone) && isTransitionError(ordered(gone, 'again')), 'a push comes once')
})

test('an operator removes what is whole or failed, and nothing that is under way', (t) => {
  t.like(ordered(after('pull', started, received), 'removal-ordered'), { removeAt: 9 })
  for (const under of [prepared('push'), after('pull', started), after('push', { type: 'started' })])
    t.true(isTransitionError(ordered(under, 'removal-ordered')))
  const removed = after('pull', started, received, { type: 'removed' })
  t.is(ordered(removed, 'removal-ordered'), removed)
})

function ordered(reception: Reception, type: 'again' | 'removal-ordered'): ReturnType<typeof transition> {
  return transition(reception, { type }, 9)
}

test('a removal goes before all other work; what is suspended waits', (t) => {
  const here = { ...after('pull', started, received), removeAt: 10 }
  t.deepEqual(nextTask(here, 9), { task: 'tell', at: 9 })
  t.deepEqual(nextTask(here, 10), { task: 'remove', at: 10 })
  t.is(nextTask(after('pull', started, { type: 'suspended' }), 9), undefined)
  const over = after('pull', started, received, { type: 'terminated' }, { type: 'removed' })
  t.is(nextTask(over, 9), undefined)
  t.deepEqual(nextTask(over, 9, 100), { task: 'forget', at: over.since + 100 })
})

const events: readonly ReceptionEvent[] = [
  started,
  { type: 'suspended' },
  { type: 'resumed' },
  { type: 'completed' },
  { type: 'terminated', reason: 'enough' },
  { type: 'waits', waitsFor: undefined },
  { type: 'trouble', gotOn: false },
  received,
  { type: 'failed', failure, tell: true },
  { type: 'told', news: 'completed', refused: false },
  { type: 'told-unclearly' },
  { type: 'told-in-vain' },
  { type: 'again' },
  { type: 'removal-ordered' },
  { type: 'removed' },
]

const states: Readonly<Record<ReceptionFlow, FlowState>> = {
  prepared: 'PREPARED',
  started: 'STARTED',
  suspended: 'SUSPENDED',
  completed: 'COMPLETED',
  terminated: 'TERMINATED',
}
const signals: ReadonlySet<string> = new Set(['started', 'suspended', 'resumed', 'completed', 'terminated'])

test('whatever happens, the flow goes the ways of the protocol, and what is over stays over', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('pull' as const, 'push' as const),
      fc.array(fc.constantFrom(...events), { maxLength: 12 }),
      (mode, happenings) => {
        let now = 1
        let reception = prepared(mode)
        for (const event of happenings) {
          now += 1
          const next = transition(reception, event, now)
          const before = states[reception.flow]
          if (signals.has(event.type)) {
            const expected = flowTransition(before, event.type as FlowEvent)
            // What is over takes a completion as it takes a termination: control planes send both late.
            const refused = expected.outcome === 'refused' && !(event.type === 'completed' && isFlowOver(reception))
            t.is(isTransitionError(next), refused, `${before} and ${event.type}`)
          }
          if (isTransitionError(next)) continue
          if (next.flow !== reception.flow) t.true(flowTransitions[before].includes(states[next.flow]))
          if (isFlowOver(next)) t.is(next.owed, undefined, 'nothing is told of what is over')
          if (next.flow === 'terminated') t.is(next.source, undefined)
          if (next.state === 'received') t.truthy(next.content)
          if (next.state === 'failed') t.truthy(next.failure)
          reception = next
        }
      },
    ),
  )
})

test('the same signal a second time changes nothing', (t) => {
  for (const mode of ['pull', 'push'] as const)
    for (const before of [[], [started], [started, { type: 'suspended' } as const]])
      for (const event of events.filter(({ type }) => signals.has(type))) {
        const base = after(mode, ...before)
        const once = transition(base, event, 8)
        if (isTransitionError(once)) continue
        t.deepEqual(transition(once, event, 9), once, `${event.type} after ${base.flow}`)
      }
})
