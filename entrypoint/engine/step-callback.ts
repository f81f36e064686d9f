import { crash } from '../../core/crash-point.ts'
import type { Delivery } from '../../core/ports/connector.ts'
import type { Callback, Change } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { commit } from './apply.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/**
 * Delivers a callback of the outbox.
 * @returns when to look again (milliseconds since 1970), or `undefined` where it is delivered or nobody is left to tell
 */
export async function stepCallback(parts: EngineParts, callbackId: string): Promise<number | undefined> {
  const callback = await parts.store.callback(callbackId)
  if (callback === undefined) return undefined
  const transfer = (await parts.store.transfer(callback.transferId))?.value
  if (transfer === undefined) throw new Error(`the transfer ${callback.transferId} is not in the store`)
  crash('callback-begun')
  const delivery = await send(parts, callback, transfer)
  crash('callback-sent')
  const now = parts.clock.now()
  if (delivery.outcome === 'later') return now + delivery.afterMs
  const about = { transferId: transfer.id, connectorId: callback.connectorId, kind: callback.message.kind }
  if (delivery.outcome === 'refused') parts.logger.error('callback refused', { ...about, reason: delivery.reason })
  else parts.logger.info('callback delivered', { ...about, outcome: delivery.outcome })
  const next = delivery.outcome === 'refused' ? instead(parts, callback, delivery.reason, now) : { wake: [] }
  const look = transfer.state === 'ended' ? [] : [{ kind: 'transfer' as const, key: transfer.id, dueAt: now }]
  await commit(parts, {
    ...next,
    doneCallback: callbackId,
    callbackOutcome: delivery.outcome,
    wake: [...(next.wake ?? []), ...look],
  })
  crash('callback-done')
  return undefined
}

/** Where the result cannot be told, the process is ended instead of left waiting; a termination that is refused is given up. */
function instead(parts: EngineParts, callback: Callback, reason: string, now: number): Change {
  if (callback.message.kind === 'terminate') return {}
  const terminate: Callback = {
    ...callback,
    id: parts.ids.next(),
    message: { kind: 'terminate', reason },
    createdAt: now,
  }
  return { callbacks: [terminate], wake: [{ kind: 'callback', key: terminate.id, dueAt: now }] }
}

async function send(parts: EngineParts, callback: Callback, transfer: Transfer): Promise<Delivery> {
  const connector = connectorOf(parts, callback.connectorId)
  const { processId, definitionId, assetId, jobId } = transfer
  if (callback.message.kind === 'terminate') return connector.terminate(processId, callback.message.reason)
  // No callback after the end: the token it would carry is dead.
  if (transfer.state === 'ended') return { outcome: 'over' }
  return connector.provisioned(
    { processId, definitionId, assetId, resourceName: `dsc-${jobId}` },
    await parts.addressOf(transfer),
  )
}
