import type { FlowState } from '../data-plane.ts'

/** What can happen to a data flow. `started` is the first start, by either side; `resumed` is every later one. */
export type FlowEvent =
  | 'preparing'
  | 'prepared'
  | 'starting'
  | 'started'
  | 'suspended'
  | 'resumed'
  | 'completed'
  | 'terminated'

/**
 * What an event does: it leads to a state; or it changes nothing, because it has come already or the flow is over anyway; or it is
 * refused, and the answer is 409.
 */
export type Transition =
  | { readonly outcome: 'changed'; readonly state: FlowState }
  | { readonly outcome: 'unchanged'; readonly state: FlowState }
  | { readonly outcome: 'refused'; readonly from: FlowState; readonly event: FlowEvent }

/** Which states follow which (specification, "State Machine Definition": every state but the final ones can become TERMINATED). */
export const flowTransitions: Readonly<Record<FlowState, readonly FlowState[]>> = {
  INITIALIZED: ['PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'TERMINATED'],
  PREPARING: ['PREPARED', 'TERMINATED'],
  PREPARED: ['STARTING', 'STARTED', 'TERMINATED'],
  STARTING: ['STARTED', 'TERMINATED'],
  STARTED: ['SUSPENDED', 'COMPLETED', 'TERMINATED'],
  SUSPENDED: ['STARTED', 'TERMINATED'],
  COMPLETED: [],
  TERMINATED: [],
}

interface Rule {
  readonly to: FlowState
  readonly from: readonly FlowState[]
}

const rules: Readonly<Record<FlowEvent, Rule>> = {
  preparing: { to: 'PREPARING', from: ['INITIALIZED'] },
  prepared: { to: 'PREPARED', from: ['INITIALIZED', 'PREPARING'] },
  starting: { to: 'STARTING', from: ['INITIALIZED', 'PREPARED'] },
  started: { to: 'STARTED', from: ['INITIALIZED', 'PREPARED', 'STARTING'] },
  suspended: { to: 'SUSPENDED', from: ['STARTED'] },
  resumed: { to: 'STARTED', from: ['SUSPENDED'] },
  completed: { to: 'COMPLETED', from: ['STARTED'] },
  terminated: { to: 'TERMINATED', from: ['INITIALIZED', 'PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'SUSPENDED'] },
}

/** Whether a flow in this state is over for good. */
export function isOver(state: FlowState): boolean {
  return flowTransitions[state].length === 0
}

/**
 * What an event does to a flow in a state. An event that has come already changes nothing, and so does a termination of a flow
 * that is over: EDC sends it several times, and takes a refusal for the reason of the end.
 */
export function transition(state: FlowState, event: FlowEvent): Transition {
  const { to, from } = rules[event]
  if (from.includes(state)) return { outcome: 'changed', state: to }
  if (state === to || (event === 'terminated' && isOver(state))) return { outcome: 'unchanged', state }
  return { outcome: 'refused', from: state, event }
}
