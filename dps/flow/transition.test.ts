import test from 'ava'
import fc from 'fast-check'
import type { FlowState } from '../data-plane.ts'
import { type FlowEvent, flowTransitions, isOver, transition } from './transition.ts'

const states = Object.keys(flowTransitions) as FlowState[]
const events: readonly FlowEvent[] = [
  'preparing',
  'prepared',
  'starting',
  'started',
  'suspended',
  'resumed',
  'completed',
  'terminated',
]

test('the states follow each other as the specification says', (t) => {
  t.deepEqual(flowTransitions, {
    INITIALIZED: ['PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'TERMINATED'],
    PREPARING: ['PREPARED', 'TERMINATED'],
    PREPARED: ['STARTING', 'STARTED', 'TERMINATED'],
    STARTING: ['STARTED', 'TERMINATED'],
    STARTED: ['SUSPENDED', 'COMPLETED', 'TERMINATED'],
    SUSPENDED: ['STARTED', 'TERMINATED'],
    COMPLETED: [],
    TERMINATED: [],
  })
  t.deepEqual(states.filter(isOver), ['COMPLETED', 'TERMINATED'])
})

for (const state of states) {
  test(`from ${state} events lead exactly where the table says`, (t) => {
    const reached = events.flatMap((event) => {
      const result = transition(state, event)
      return result.outcome === 'changed' ? [result.state] : []
    })
    t.deepEqual([...new Set(reached)].toSorted(), [...flowTransitions[state]].toSorted())
  })
}

/** What each event does in each state: C changed, = unchanged, - refused. Columns in the order of the states. */
const table: Readonly<Record<FlowEvent, string>> = {
  // INITIALIZED PREPARING PREPARED STARTING STARTED SUSPENDED COMPLETED TERMINATED
  preparing: 'C=------',
  prepared: 'CC=-----',
  starting: 'C-C=----',
  started: 'C-CC=---',
  suspended: '----C=--',
  resumed: '----=C--',
  completed: '----C-=-',
  terminated: 'CCCCCC==',
}

for (const event of events) {
  test(`${event} in every state`, (t) => {
    const row = states.map(
      (state) => ({ changed: 'C', unchanged: '=', refused: '-' })[transition(state, event).outcome],
    )
    t.is(row.join(''), table[event])
  })
}

test('a refusal says what was refused', (t) => {
  t.deepEqual(transition('STARTING', 'completed'), { outcome: 'refused', from: 'STARTING', event: 'completed' })
})

test('no sequence of events leaves the table, and what is over stays as it is', (t) => {
  const reached = new Set<FlowState>()
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (sequence) => {
      let state: FlowState = 'INITIALIZED'
      for (const event of sequence) {
        const result = transition(state, event)
        if (isOver(state)) t.not(result.outcome, 'changed')
        if (result.outcome === 'refused') continue
        if (result.outcome === 'unchanged') t.is(result.state, state)
        else t.true(flowTransitions[state].includes(result.state), `${state} -> ${result.state}`)
        const again = transition(result.state, event)
        t.deepEqual(again, { outcome: 'unchanged', state: result.state }, `${event} twice`)
        state = result.state
        reached.add(state)
      }
    }),
    { numRuns: 1_000 },
  )
  t.deepEqual([...reached].toSorted(), states.filter((state) => state !== 'INITIALIZED').toSorted())
})
