import { crash } from '../../core/crash-point.ts'
import type { Connector, Delivery, FlowDelivery } from '../../core/ports/connector.ts'
import type { Callback, Change, Versioned } from '../../core/ports/store.ts'
import type { Flow } from '../../core/transfer/flow.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { commit, committed, Stale } from './apply.ts'
import { afterCallback } from './after-callback.ts'
import { connectorOf, type EngineParts } from './parts.ts'
import { unknownGraceMs } from './step-transfer.ts'

/** How often what came of a callback is written where its transfer changes in the same moment: it must not be sent again for that. */
const mostTries = 10
/** When to look again at a completion that a suspension holds up. Milliseconds. */
const suspendedMs = 5_000
/** When to try again where the connector does not know the process. Milliseconds. */
const unknownMs = 2_000

/**
 * Delivers a callback of the outbox.
 * @returns when to look again (milliseconds since 1970), or `undefined` where it is delivered or nobody is left to tell
 */
export async function stepCallback(parts: EngineParts, callbackId: string): Promise<number | undefined> {
  const callback = await parts.store.callback(callbackId)
  if (callback === undefined) return undefined
  const transfer = await transferOf(parts, callback)
  crash('callback-begun')
  const said = await send(parts, callback, transfer)
  const delivery = said.outcome === 'unknown' ? ofUnknown(parts, callback, transfer) : said
  crash('callback-sent')
  if (delivery.outcome === 'later') return parts.clock.now() + delivery.afterMs
  // It comes back as what failed does, later and later; whether it was taken is not known until then either.
  if (delivery.outcome === 'unclear') throw new Error(delivery.reason)
  const about = { transferId: transfer.value.id, connectorId: callback.connectorId, kind: callback.message.kind }
  if (delivery.outcome === 'refused') parts.logger.error('callback refused', { ...about, reason: delivery.reason })
  else parts.logger.info('callback delivered', { ...about, outcome: delivery.outcome })
  for (let tries = 1; ; tries += 1) {
    const now = parts.clock.now()
    const current = await transferOf(parts, callback)
    const next: Change = afterCallback(parts, callback, current, delivery)
    const look =
      current.value.state === 'ended' ? [] : [{ kind: 'transfer' as const, key: current.value.id, dueAt: now }]
    try {
      await commit(parts, {
        ...next,
        doneCallback: callbackId,
        callbackOutcome: delivery.outcome,
        wake: [...(next.wake ?? []), ...look],
      })
      break
    } catch (error) {
      if (!(error instanceof Stale) || tries >= mostTries) throw error
    }
  }
  crash('callback-done')
  return undefined
}

/**
 * A connector that does not know the process may be coming up, and wait for this callback then. An open transfer is ended where it does not
 * (see step-transfer); of one that is over, the connector is to hear for as long.
 */
function ofUnknown(
  { clock }: EngineParts,
  { createdAt }: Callback,
  { value }: Versioned<Transfer>,
): Exclude<Delivery, { outcome: 'unknown' }> {
  const patient = value.state !== 'ended' || clock.now() < createdAt + unknownGraceMs
  return patient ? { outcome: 'later', afterMs: unknownMs } : { outcome: 'over' }
}

async function transferOf({ store }: EngineParts, { transferId }: Callback): Promise<Versioned<Transfer>> {
  const transfer = await store.transfer(transferId)
  if (transfer === undefined) throw new Error(`the transfer ${transferId} is not in the store`)
  return transfer
}

async function send(parts: EngineParts, callback: Callback, transfer: Versioned<Transfer>): Promise<FlowDelivery> {
  const connector = connectorOf(parts, callback.connectorId)
  const { message } = callback
  const { state, processId, definitionId, assetId, jobId } = transfer.value
  if (message.kind === 'terminate') return connector.terminate(processId, message.reason)
  if (message.kind === 'errored') return tell(parts, connector, callback, transfer)
  // No callback after the end: the token it would carry is dead.
  if (state === 'ended') return { outcome: 'over' }
  if (message.kind !== 'provisioned') return tell(parts, connector, callback, transfer)
  return connector.provisioned(
    { processId, definitionId, assetId, resourceName: `dsc-${jobId}` },
    await parts.addressOf(transfer.value),
  )
}

/**
 * Tells of a data flow. Where the connector cannot be asked what it has, it is written down before that something is on its way: what
 * was taken once must not be sent again, and a process that ends in between would not know.
 */
async function tell(
  parts: EngineParts,
  connector: Connector,
  { message }: Callback,
  transfer: Versioned<Transfer>,
): Promise<FlowDelivery> {
  if (message.kind === 'provisioned' || message.kind === 'terminate' || connector.tell === undefined)
    return { outcome: 'refused', reason: `a connector of this dialect is told nothing of the kind ${message.kind}` }
  const { state, flow } = transfer.value
  if (message.kind === 'completed' && state === 'suspended') return { outcome: 'later', afterMs: suspendedMs }
  const address =
    message.kind === 'started' && flow?.type === 'pull' ? await parts.addressOf(transfer.value) : undefined
  if (connector.silent !== true || message.kind === 'errored' || flow?.unclear === message.kind)
    return connector.tell(transfer.value, message, address)
  await mark(parts, transfer, message.kind)
  crash('callback-marked')
  const unmark = (): Promise<void> => mark(parts, committed(transfer), undefined)
  let delivery: FlowDelivery
  try {
    delivery = await connector.tell(transfer.value, message, address)
  } catch (error) {
    await unmark()
    throw error
  }
  if (delivery.outcome === 'later') await unmark()
  return delivery
}

async function mark(
  parts: EngineParts,
  { value, revision }: Versioned<Transfer>,
  unclear: Flow['unclear'],
): Promise<void> {
  if (value.flow === undefined) return
  const { unclear: _, ...flow } = value.flow
  const marked: Flow = unclear === undefined ? flow : { ...flow, unclear }
  await commit(parts, { transfer: { value: { ...value, flow: marked }, revision } })
}
