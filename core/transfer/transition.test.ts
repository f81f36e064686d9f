import fc from 'fast-check'
import test from 'ava'
import { isTransitionError } from '../transition-error.ts'
import { requestedTransfer, type Transfer, type TransferState } from './transfer.ts'
import { type TransferEvent, transferTransitions, transition } from './transition.ts'

const ids = { id: 't', connectorId: 'c', processId: 'p', definitionId: 'd', assetId: 'a', jobId: 'j' }
const start = requestedTransfer(ids, 1)
const ended: TransferEvent = { type: 'ended', outcome: 'terminated', reason: 'by the consumer' }
const events: readonly TransferEvent[] = [
  { type: 'address-decided' },
  { type: 'started' },
  { type: 'delivery-started' },
  { type: 'suspended' },
  { type: 'resumed' },
  ended,
]

/** A transfer that the events brought there, in order. */
function transfer(...types: readonly TransferEvent['type'][]): Transfer {
  return types.reduce<Transfer>((before, type, index) => {
    const event = events.find((one) => one.type === type)
    const after = event === undefined ? before : transition(before, event, 10 * (index + 1))
    if (isTransitionError(after)) throw new Error(`${after.from} does not take ${after.event}`)
    return after
  }, start)
}

const granted = ['address-decided', 'started'] as const
const inState: readonly (readonly [TransferState, Transfer])[] = [
  ['requested', start],
  ['granting', transfer('address-decided')],
  ['granted', transfer(...granted)],
  ['delivering', transfer(...granted, 'delivery-started')],
  ['suspended', transfer(...granted, 'suspended')],
  ['suspended', transfer(...granted, 'delivery-started', 'suspended')],
  ['ended', transfer('ended')],
]

for (const state of Object.keys(transferTransitions) as TransferState[]) {
  test(`from ${state} events lead exactly where the table says`, (t) => {
    const reached = inState
      .filter(([name]) => name === state)
      .flatMap(([, before]) =>
        events.flatMap((event) => {
          const after = transition(before, event, 99)
          return isTransitionError(after) || after === before ? [] : [after.state]
        }),
      )
    t.deepEqual([...new Set(reached)].toSorted(), [...transferTransitions[state]].toSorted())
  })
}

test('the table is the design’s', (t) => {
  const table: Readonly<Record<string, readonly string[]>> = transferTransitions
  t.deepEqual(table, {
    requested: ['granting', 'ended'],
    granting: ['granted', 'ended'],
    granted: ['suspended', 'delivering', 'ended'],
    delivering: ['suspended', 'ended'],
    suspended: ['granted', 'delivering', 'ended'],
    ended: [],
  })
})

test('a transfer begins as it was asked for', (t) => {
  t.deepEqual(start, { ...ids, state: 'requested', generation: 1, createdAt: 1, since: 1 })
})

test('a data flow that starts at once has its access open; its destination is forgotten with its end', (t) => {
  const flow = {
    messageId: 'm',
    agreementId: 'a',
    consumerId: 'c',
    profile: 'Compute-PUSH',
    type: 'push',
    destination: { endpointType: 'HttpData', properties: { authCode: 'secret' } },
  } as const
  t.is(requestedTransfer({ ...ids, flow: { ...flow, start: 'async' } }, 1).state, 'requested')
  const begun = requestedTransfer({ ...ids, flow: { ...flow, start: 'sync' } }, 1)
  t.is(begun.state, 'granted')
  const over = transition(begun, ended, 9)
  if (isTransitionError(over)) throw new Error('it cannot end')
  t.like(over, { state: 'ended', flow: { profile: 'Compute-PUSH' } })
  t.false(JSON.stringify(over).includes('secret'))
})

test('a suspended transfer goes back to the state it left, and to no other', (t) => {
  t.is(transfer(...granted, 'suspended', 'resumed').state, 'granted')
  t.is(transfer(...granted, 'delivery-started', 'suspended', 'resumed').state, 'delivering')
  t.is(transfer(...granted, 'suspended', 'started').state, 'suspended', 'started is late here, not a resume')
})

test('an end says how and why, and nothing happens after it', (t) => {
  const over = transfer(...granted, 'ended')
  t.like(over, { state: 'ended', outcome: 'terminated', reason: 'by the consumer', since: 30 })
  for (const event of [...events, { ...ended, outcome: 'completed' } as const]) t.is(transition(over, event, 99), over)
})

test('what cannot happen yet is a mistake of the caller', (t) => {
  t.deepEqual(transition(start, { type: 'started' }, 9), {
    kind: 'transition-error',
    from: 'requested',
    event: 'started',
  })
  t.true(isTransitionError(transition(start, { type: 'suspended' }, 9)))
  t.true(isTransitionError(transition(transfer('address-decided'), { type: 'delivery-started' }, 9)))
})

test('no sequence of events leaves the table, and one that came already changes nothing', (t) => {
  const seen = new Set<TransferState>()
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events.slice(0, -1), ...events), { maxLength: 30 }), (sequence) => {
      let before: Transfer = start
      for (const [index, event] of sequence.entries()) {
        const frozen = JSON.stringify(before)
        const after = transition(before, event, index)
        t.is(JSON.stringify(before), frozen, 'a transition never changes the transfer it is given')
        if (isTransitionError(after) || after === before) continue
        const allowed: readonly TransferState[] = transferTransitions[before.state]
        t.true(allowed.includes(after.state), `${before.state} -> ${after.state}`)
        t.is(after.since, index)
        t.is(after.generation, before.generation)
        t.is(transition(after, event, index + 1), after, `${event.type} twice`)
        before = after
        seen.add(after.state)
      }
    }),
    { numRuns: 500 },
  )
  t.deepEqual([...seen].toSorted(), ['delivering', 'ended', 'granted', 'granting', 'suspended'])
})
