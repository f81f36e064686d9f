import type { Delivery } from '../../core/ports/connector.ts'
import type { Callback, Change, Versioned } from '../../core/ports/store.ts'
import type { Flow } from '../../core/transfer/flow.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { TransferEvent } from '../../core/transfer/transition.ts'
import { applyToTransfer } from './apply.ts'
import { endTransfer } from './end-job.ts'
import type { EngineParts } from './parts.ts'

/** What changes with the end of a callback, beside the callback itself. */
export function afterCallback(
  parts: EngineParts,
  callback: Callback,
  transfer: Versioned<Transfer>,
  delivery: Exclude<Delivery, { outcome: 'later' | 'unknown' }>,
): Change {
  if (delivery.outcome === 'refused') return instead(parts, callback, transfer, delivery.reason)
  return delivery.outcome === 'over' ? {} : taken(parts, callback, transfer)
}

/** Where the result cannot be told, the process is ended instead of left waiting; a termination that is refused is given up. */
function instead(parts: EngineParts, callback: Callback, transfer: Versioned<Transfer>, reason: string): Change {
  const { kind } = callback.message
  if (kind === 'terminate' || kind === 'errored') return {}
  // Nobody asks how the process of a data flow stands, so its end is written down here.
  if (transfer.value.flow !== undefined) return endTransfer(parts, transfer, 'failed', reason, 'terminate')
  const now = parts.clock.now()
  const terminate: Callback = {
    ...callback,
    id: parts.ids.next(),
    message: { kind: 'terminate', reason },
    createdAt: now,
  }
  return { callbacks: [terminate], wake: [{ kind: 'callback', key: terminate.id, dueAt: now }] }
}

/** A control plane that took a `started` has started, and one that took a `completed` is done: nothing else tells us. */
function taken(parts: EngineParts, { message }: Callback, transfer: Versioned<Transfer>): Change {
  const { id, state, flow } = transfer.value
  const event = eventOf(message.kind)
  if (flow === undefined || state === 'ended' || event === undefined) return {}
  const now = parts.clock.now()
  const { unclear: _, ...rest } = flow
  const value: Transfer = { ...transfer.value, flow: rest satisfies Flow }
  const pushes = flow.type === 'push' && event.type === 'started'
  return {
    transfer: applyToTransfer({ value, revision: transfer.revision }, event, now),
    ...(pushes ? { wake: [{ kind: 'deliver', key: id, dueAt: now }] } : {}),
  }
}

function eventOf(kind: Callback['message']['kind']): TransferEvent | undefined {
  switch (kind) {
    case 'started':
      return { type: 'started' }
    case 'completed':
      return { type: 'ended', outcome: 'completed', reason: 'everything was delivered' }
    case 'provisioned':
    case 'terminate':
    case 'errored':
      return undefined
  }
}
