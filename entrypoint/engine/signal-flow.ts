import { connectorAuthor } from '../../core/audit/entry.ts'
import { crash } from '../../core/crash-point.ts'
import { isFinal } from '../../core/job/job.ts'
import type { Change, DueWork, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { TransferEvent } from '../../core/transfer/transition.ts'
import { type FlowEvent, transition } from '../../dps/flow/transition.ts'
import { applyToTransfer, commit, Stale } from './apply.ts'
import { cancelled } from './end-job.ts'
import { signalledState } from './flow-state.ts'
import type { EngineParts } from './parts.ts'

/** What a control plane says of a data flow. It is not asked back: such a message is the word of the one who decides. */
export type FlowSignal =
  | { readonly event: 'suspended' | 'resumed' | 'completed' }
  | { readonly event: 'terminated'; readonly reason: string }

/** What became of a signal; `refused`: the flow's state does not allow it. */
export interface Signalled {
  readonly outcome: 'done' | 'unchanged' | 'refused'
  /** As it is now. */
  readonly transfer: Transfer
}

/** How often a signal is repeated where the flow changes in the same moment. */
const mostTries = 10

/**
 * Does what a control plane says, in one transaction: access opens or closes, and with the end a job under way is cancelled. A
 * signal that came before changes nothing.
 * @throws Stale where the flow changed all the time
 */
export async function signalFlow(parts: EngineParts, transferId: string, signal: FlowSignal): Promise<Signalled> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToSignal(parts, transferId, signal)
    } catch (error) {
      if (!(error instanceof Stale) || tries >= mostTries) throw error
    }
  }
}

async function tryToSignal(parts: EngineParts, transferId: string, signal: FlowSignal): Promise<Signalled> {
  const before = await parts.store.transfer(transferId)
  if (before === undefined) throw new Error(`the transfer ${transferId} is not in the store`)
  const { outcome } = transition(signalledState(before.value), signal.event satisfies FlowEvent)
  if (outcome !== 'changed') return { outcome, transfer: before.value }
  const now = parts.clock.now()
  const { value } = eventsFor(before.value, signal).reduce<Versioned<Transfer>>(
    (transfer, event) => applyToTransfer(transfer, event, now),
    before,
  )
  const { id, connectorId } = value
  await commit(parts, {
    ...(await withJob(parts, value, now)),
    transfer: { value, revision: before.revision },
    by: connectorAuthor(connectorId),
  })
  crash('signal-kept')
  const reason = value.state === 'ended' ? { reason: value.reason } : {}
  parts.logger.info('data flow changed', { transferId: id, connectorId, event: signal.event, ...reason })
  return { outcome: 'done', transfer: value }
}

function eventsFor({ state }: Transfer, signal: FlowSignal): readonly TransferEvent[] {
  const late: readonly TransferEvent[] = state === 'granting' ? [{ type: 'started' }] : []
  switch (signal.event) {
    case 'suspended':
      return [...late, { type: 'suspended' }]
    case 'resumed':
      return [{ type: 'resumed' }]
    case 'completed':
      return [...late, { type: 'ended', outcome: 'completed', reason: 'the control plane says that it is completed' }]
    case 'terminated':
      return [{ type: 'ended', outcome: 'terminated', reason: signal.reason }]
  }
}

/** What becomes of the job, and what is to be looked at: a suspended one takes no slot, one whose transfer is over ends. */
async function withJob(parts: EngineParts, transfer: Transfer, now: number): Promise<Change> {
  const { id, jobId, flow } = transfer
  const job = await parts.store.job(jobId)
  const live = job !== undefined && !isFinal(job.value)
  const look: readonly DueWork[] = [
    { kind: 'transfer', key: id, dueAt: now },
    ...(live ? [{ kind: 'job' as const, key: jobId, dueAt: now }] : []),
    ...(flow?.type === 'push' && transfer.state !== 'ended' ? [{ kind: 'deliver' as const, key: id, dueAt: now }] : []),
  ]
  if (transfer.state !== 'ended' || !live) return { wake: look }
  return { ...cancelled(job, 'connector', transfer.reason, now), wake: look }
}
