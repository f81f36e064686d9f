import { type TransitionError, transitionError } from '../transition-error.ts'
import type { Outcome, Transfer, TransferState } from './transfer.ts'

/** The states each state may change to; `suspended` goes back to the state it left. docs/architecture.md is generated from this. */
export const transferTransitions = {
  requested: ['granting', 'ended'],
  granting: ['granted', 'ended'],
  granted: ['suspended', 'delivering', 'ended'],
  delivering: ['suspended', 'ended'],
  suspended: ['granted', 'delivering', 'ended'],
  ended: [],
} as const satisfies Record<TransferState, readonly TransferState[]>

/** What can happen to a transfer. */
export type TransferEvent =
  | { readonly type: 'address-decided' }
  | { readonly type: 'started' }
  | { readonly type: 'delivery-started' }
  | { readonly type: 'suspended' }
  | { readonly type: 'resumed' }
  | { readonly type: 'ended'; readonly outcome: Outcome; readonly reason: string }

const passed: Readonly<Record<'address-decided' | 'started', readonly TransferState[]>> = {
  'address-decided': ['granting', 'granted', 'delivering', 'suspended'],
  started: ['granted', 'delivering', 'suspended'],
}

/**
 * Applies an event to a transfer. A late event, or any event after the end, changes nothing and gives the very same transfer back.
 * @param now milliseconds since 1970
 */
export function transition(transfer: Transfer, event: TransferEvent, now: number): Transfer | TransitionError {
  if (transfer.state === 'ended') return transfer
  switch (event.type) {
    case 'address-decided':
    case 'started':
      if (passed[event.type].includes(transfer.state)) return transfer
      if (event.type === 'address-decided') return { ...transfer, state: 'granting', since: now }
      return transfer.state === 'granting'
        ? { ...transfer, state: 'granted', since: now }
        : transitionError(transfer.state, event.type)
    case 'delivery-started':
      if (transfer.state === 'delivering') return transfer
      return transfer.state === 'granted'
        ? { ...transfer, state: 'delivering', since: now }
        : transitionError(transfer.state, event.type)
    case 'suspended':
      if (transfer.state === 'suspended') return transfer
      return transfer.state === 'granted' || transfer.state === 'delivering'
        ? { ...transfer, state: 'suspended', from: transfer.state, since: now }
        : transitionError(transfer.state, event.type)
    case 'resumed':
      if (transfer.state !== 'suspended') return transfer
      return { ...transfer, state: transfer.from, since: now }
    case 'ended':
      return {
        ...withoutDestination(transfer),
        state: 'ended',
        outcome: event.outcome,
        reason: event.reason,
        since: now,
      }
  }
}

/** What opens a destination is nobody's any more once the transfer is over. */
function withoutDestination(transfer: Transfer): Transfer {
  if (transfer.flow?.destination === undefined) return transfer
  const { destination: _, ...flow } = transfer.flow
  return { ...transfer, flow }
}
