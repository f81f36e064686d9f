import type { Transfer } from '../../core/transfer/transfer.ts'
import type { FlowState } from '../../dps/data-plane.ts'

/** What a transfer is as a data flow: it has started for the control plane only when that knows. */
export function flowState(transfer: Transfer): FlowState {
  switch (transfer.state) {
    case 'requested':
    case 'granting':
      return 'STARTING'
    case 'granted':
    case 'delivering':
      return 'STARTED'
    case 'suspended':
      return 'SUSPENDED'
    case 'ended':
      return transfer.outcome === 'completed' ? 'COMPLETED' : 'TERMINATED'
  }
}

/**
 * The state by which a signal is judged. A control plane that suspends or completes a flow whose `started` is under way has taken
 * that: only the record of it is late.
 */
export function signalledState(transfer: Transfer): FlowState {
  return transfer.state === 'granting' ? 'STARTED' : flowState(transfer)
}
