import test from 'ava'
import fc from 'fast-check'
import type { FlowMessage, FlowState } from '../data-plane.ts'
import { repeatOf } from './repeat.ts'
import { flowTransitions, isOver } from './transition.ts'

const first: FlowMessage = {
  messageId: 'm-1',
  processId: 'p-1',
  agreementId: 'a-1',
  datasetId: 'd-1',
  profile: 'Compute-PULL',
  claims: {},
  labels: [],
  metadata: {},
}
const states = Object.keys(flowTransitions) as FlowState[]
const open = states.filter((state) => !isOver(state))

test('a process that is not known is new', (t) => {
  for (const kind of ['prepare', 'start'] as const) t.is(repeatOf(kind, first, undefined), 'new')
})

test('the same message again is answered with where the flow is', (t) => {
  for (const state of open)
    for (const kind of ['prepare', 'start'] as const)
      for (const strict of [false, true])
        t.is(repeatOf(kind, first, { state, message: first }, strict), 'repeated', `${kind} in ${state}`)
})

test('a new messageId after a restart of the control plane is the same start', (t) => {
  for (const state of open.filter((one) => one !== 'PREPARED'))
    t.is(repeatOf('start', { ...first, messageId: 'm-2' }, { state, message: first }), 'repeated', state)
})

test('to the letter of the specification it is a conflict', (t) => {
  for (const state of open.filter((one) => one !== 'PREPARED'))
    t.is(repeatOf('start', { ...first, messageId: 'm-2' }, { state, message: first }, true), 'conflict', state)
})

test('a flow that was prepared can be started', (t) => {
  for (const strict of [false, true])
    t.is(repeatOf('start', { ...first, messageId: 'm-2' }, { state: 'PREPARED', message: first }, strict), 'new')
  t.is(repeatOf('prepare', { ...first, messageId: 'm-2' }, { state: 'PREPARED', message: first }), 'repeated')
})

test('what a flow is about never changes', (t) => {
  for (const field of ['agreementId', 'datasetId', 'profile'] as const)
    for (const messageId of ['m-1', 'm-2'])
      for (const state of states)
        t.is(
          repeatOf('start', { ...first, messageId, [field]: 'another' }, { state, message: first }),
          'conflict',
          `${field} in ${state}`,
        )
})

test('what is over is never begun again', (t) => {
  for (const state of ['COMPLETED', 'TERMINATED'] as const)
    for (const messageId of ['m-1', 'm-2'])
      t.is(repeatOf('start', { ...first, messageId }, { state, message: first }), 'conflict')
})

test('for any two messages: never new over an open or ended start, never repeated with other terms', (t) => {
  const id = fc.constantFrom('x', 'y')
  const message = fc
    .record({ messageId: id, agreementId: id, datasetId: id, profile: id })
    .map((ids): FlowMessage => ({ ...first, ...ids }))
  fc.assert(
    fc.property(
      message,
      message,
      fc.constantFrom(...states),
      fc.constantFrom('prepare' as const, 'start' as const),
      fc.boolean(),
      (before, now, state, kind, strict) => {
        const repeat = repeatOf(kind, now, { state, message: before }, strict)
        if (repeat === 'new') t.true(kind === 'start' && state === 'PREPARED')
        if (repeat !== 'conflict') {
          t.false(isOver(state))
          t.deepEqual(
            [now.agreementId, now.datasetId, now.profile],
            [before.agreementId, before.datasetId, before.profile],
          )
        }
        // Being strict turns repetitions into conflicts, and nothing else.
        const other = repeatOf(kind, now, { state, message: before }, !strict)
        const [lax, strictly] = strict ? [other, repeat] : [repeat, other]
        if (lax !== strictly) t.deepEqual([lax, strictly], ['repeated', 'conflict'])
      },
    ),
    { numRuns: 1_000 },
  )
})
