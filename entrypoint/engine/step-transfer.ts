import { isFinal } from '../../core/job/job.ts'
import type { TransferProcess } from '../../core/ports/connector.ts'
import type { Change, Versioned } from '../../core/ports/store.ts'
import type { Outcome, Transfer } from '../../core/transfer/transfer.ts'
import type { TransferEvent } from '../../core/transfer/transition.ts'
import { applyToTransfer, commit } from './apply.ts'
import { cancelled } from './end-job.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/** How often in a row a connector may not know a transfer process before we believe it: with the engine's pauses, about a minute. */
const unknownTimes = 8

/**
 * Looks at a transfer through the Management API, because not every end of it is told to us.
 * @param failures how often this failed in a row
 * @returns when to look again (milliseconds since 1970), or `undefined` where the transfer is over
 */
export async function stepTransfer(
  parts: EngineParts,
  transferId: string,
  failures: number,
): Promise<number | undefined> {
  const transfer = await parts.store.transfer(transferId)
  if (transfer === undefined) return undefined
  if (transfer.value.state === 'ended') {
    await scheduleRemoval(parts, transfer.value, transfer.value.outcome)
    return undefined
  }
  const { connectorId, processId, state } = transfer.value
  const process = await connectorOf(parts, connectorId).transferProcess(processId)
  const now = parts.clock.now()
  if (process === undefined) {
    if (state === 'requested') return now + parts.times.pollMs // the job's verification judges this
    if (failures < unknownTimes) throw new Error('the connector does not know the transfer process')
    await end(parts, transfer, 'terminated', 'the connector does not know the transfer process any more')
    return now
  }
  if (process.state === 'completed' || process.state === 'terminated') {
    await end(parts, transfer, process.state, `the transfer process is ${process.stateName}`)
    return now
  }
  const event = eventFor(transfer.value, process)
  if (event !== undefined) {
    await commit(parts, { transfer: applyToTransfer(transfer, event, now) })
    parts.logger.info('transfer changed', { transferId, connectorId, event: event.type })
  }
  return now + (state === 'requested' || state === 'granting' ? parts.times.pollMs : parts.times.idlePollMs)
}

function eventFor(transfer: Transfer, process: TransferProcess): TransferEvent | undefined {
  if (process.state === 'started' && transfer.state === 'granting') return { type: 'started' }
  if (process.state === 'started' && transfer.state === 'suspended') return { type: 'resumed' }
  if (process.state === 'suspended' && (transfer.state === 'granted' || transfer.state === 'delivering'))
    return { type: 'suspended' }
  return undefined
}

/** The connector ended the transfer: the token dies and a job under way is cancelled in the same transaction. */
async function end(parts: EngineParts, transfer: Versioned<Transfer>, outcome: Outcome, reason: string): Promise<void> {
  const now = parts.clock.now()
  const job = await parts.store.job(transfer.value.jobId)
  const change: Change = job === undefined || isFinal(job.value) ? {} : cancelled(job, 'connector', reason, now)
  await commit(parts, { ...change, transfer: applyToTransfer(transfer, { type: 'ended', outcome, reason }, now) })
  parts.logger.info('transfer ended', {
    transferId: transfer.value.id,
    connectorId: transfer.value.connectorId,
    outcome,
    reason,
  })
}

/** Results go at once when a transfer was terminated, and after the asset's retention when it was completed. */
async function scheduleRemoval(parts: EngineParts, transfer: Transfer, outcome: Outcome): Promise<void> {
  const result = await parts.store.result(transfer.jobId)
  if (result === undefined || result.removedAt !== undefined) return
  const job = await parts.store.job(transfer.jobId)
  const version = job !== undefined && 'terms' in job.value ? job.value.terms?.assetVersion : undefined
  const registered = version === undefined ? undefined : await parts.assetVersion(transfer.assetId, version)
  const expiresAt = transfer.since + (outcome === 'completed' ? (registered?.asset.retention ?? 0) : 0)
  await parts.store.markResult(transfer.jobId, { expiresAt })
  await parts.store.wake([{ kind: 'expire', key: transfer.jobId, dueAt: expiresAt }])
}
