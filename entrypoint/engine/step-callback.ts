import type { Delivery } from '../../core/ports/connector.ts'
import type { Callback } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/**
 * Delivers a callback of the outbox.
 * @returns when to look again (milliseconds since 1970), or `undefined` where it is delivered or nobody is left to tell
 */
export async function stepCallback(parts: EngineParts, callbackId: string): Promise<number | undefined> {
  const callback = await parts.store.callback(callbackId)
  if (callback === undefined) return undefined
  const transfer = await parts.store.transfer(callback.transferId)
  if (transfer === undefined) throw new Error(`the transfer ${callback.transferId} is not in the store`)
  const delivery = await send(parts, callback, transfer.value)
  const now = parts.clock.now()
  if (delivery.outcome === 'later') return now + delivery.afterMs
  if (delivery.outcome === 'refused') {
    parts.logger.error('callback refused', {
      transferId: transfer.value.id,
      connectorId: callback.connectorId,
      reason: delivery.reason,
    })
    const terminate: Callback = {
      ...callback,
      id: parts.ids.next(),
      message: { kind: 'terminate', reason: delivery.reason },
      createdAt: now,
    }
    await parts.store.commit({ callbacks: [terminate], wake: [{ kind: 'callback', key: terminate.id, dueAt: now }] })
  } else {
    parts.logger.info('callback delivered', {
      transferId: transfer.value.id,
      connectorId: callback.connectorId,
      kind: callback.message.kind,
      outcome: delivery.outcome,
    })
  }
  await parts.store.removeCallback(callbackId)
  if (transfer.value.state !== 'ended')
    await parts.store.wake([{ kind: 'transfer', key: transfer.value.id, dueAt: now }])
  return undefined
}

function send(parts: EngineParts, callback: Callback, transfer: Transfer): Promise<Delivery> {
  const connector = connectorOf(parts, callback.connectorId)
  const { processId, definitionId, assetId, jobId } = transfer
  if (callback.message.kind === 'terminate') return connector.terminate(processId, callback.message.reason)
  // No callback after the end: the token it would carry is dead.
  if (transfer.state === 'ended') return Promise.resolve({ outcome: 'over' })
  return connector.provisioned(
    { processId, definitionId, assetId, resourceName: `dsc-${jobId}` },
    parts.addressOf(transfer),
  )
}
