import { setInterval } from 'node:timers'
import { crash } from '../../core/crash-point.ts'
import type { Result } from '../../core/job/job.ts'
import type { Change, Versioned } from '../../core/ports/store.ts'
import type { Flow } from '../../core/transfer/flow.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToTransfer, commit, Stale } from './apply.ts'
import { endTransfer, newCallback } from './end-job.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/** How often it is looked whether a transfer that is being delivered still wants that. Milliseconds. */
const watchMs = 2_000
/**
 * How long a control plane that cannot be asked gets until it is told that everything is delivered: one that is told while it still
 * tells the consumer of the start takes it, and then ends the transfer (seen on EDC 0.18.0). Milliseconds.
 */
const startedMs = 5_000
/** How often what came of a delivery is written where its transfer changes in the same moment: it must not be sent again for that. */
const mostTries = 10

/**
 * Pushes the result of a transfer to its destination, and then has the control plane told. Repeated after a crash it sends again what
 * the destination may have already.
 * @returns when to look again (milliseconds since 1970), or `undefined` where somebody else makes it due: the start, the result, a resume
 */
export async function stepDeliver(parts: EngineParts, transferId: string): Promise<number | undefined> {
  const transfer = await parts.store.transfer(transferId)
  if (transfer === undefined) return undefined
  const { state, flow, jobId } = transfer.value
  if (flow?.destination === undefined || flow.deliveredAt !== undefined) return undefined
  if (state !== 'granted' && state !== 'delivering') return undefined
  const result = await parts.store.result(jobId)
  if (result === undefined) return undefined
  if (result.removedAt !== undefined) {
    await commit(
      parts,
      endTransfer(parts, transfer, 'failed', 'The result was removed before it was delivered.', 'terminate'),
    )
    return undefined
  }
  if (state === 'granted') {
    await commit(parts, { transfer: applyToTransfer(transfer, { type: 'delivery-started' }, parts.clock.now()) })
    return parts.clock.now()
  }
  crash('deliver-begun')
  const pushed = await push(parts, transfer.value, result, flow.destination)
  crash('deliver-sent')
  switch (pushed.outcome) {
    case 'stopped':
      return undefined
    case 'later':
      return parts.clock.now() + pushed.afterMs
    case 'refused':
      await write(parts, transferId, (current) => endTransfer(parts, current, 'failed', pushed.reason, 'terminate'))
      parts.logger.error('a result cannot be delivered', { transferId, jobId, reason: pushed.reason })
      return undefined
    case 'delivered':
      await write(parts, transferId, (current) => delivered(parts, current))
      crash('deliver-kept')
      parts.logger.info('result delivered', { transferId, jobId })
      return undefined
  }
}

type Pushed = Awaited<ReturnType<NonNullable<EngineParts['push']>>> | { readonly outcome: 'stopped' }

/** Pushes, and stops with that when the transfer is suspended or ends. */
async function push(
  parts: EngineParts,
  transfer: Transfer,
  result: Result,
  destination: NonNullable<Flow['destination']>,
): Promise<Pushed> {
  if (parts.push === undefined) throw new Error('this service is not made to push results')
  const stop = new AbortController()
  const look = async (): Promise<void> => {
    const current = (await parts.store.transfer(transfer.id))?.value.state
    if (current !== 'delivering') stop.abort()
  }
  const watch = setInterval(() => {
    // Where the store is away nothing is known of an end; the next look tells.
    look().catch((error: unknown) => parts.logger.warn('a delivery is not watched', { transferId: transfer.id, error }))
  }, watchMs)
  try {
    return await parts.push({ transfer, result, destination, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted) return { outcome: 'stopped' }
    throw error
  } finally {
    clearInterval(watch)
  }
}

/** Writes what came of a delivery into the transfer as it is then; nothing where it is over. */
async function write(
  parts: EngineParts,
  transferId: string,
  change: (transfer: Versioned<Transfer>) => Change,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const transfer = await parts.store.transfer(transferId)
    if (transfer === undefined || transfer.value.state === 'ended') return
    try {
      await commit(parts, change(transfer))
      return
    } catch (error) {
      if (!(error instanceof Stale) || tries >= mostTries) throw error
    }
  }
}

function delivered(parts: EngineParts, { value, revision }: Versioned<Transfer>): Change {
  if (value.flow === undefined) return {}
  const now = parts.clock.now()
  const callback = newCallback(parts, value, { kind: 'completed' })
  const dueAt = now + (connectorOf(parts, value.connectorId).silent === true ? startedMs : 0)
  return {
    transfer: { value: { ...value, flow: { ...value.flow, deliveredAt: now } }, revision },
    callbacks: [callback],
    wake: [{ kind: 'callback', key: callback.id, dueAt }],
  }
}
