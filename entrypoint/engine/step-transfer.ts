import { crash } from '../../core/crash-point.ts'
import { isFinal, type Job } from '../../core/job/job.ts'
import type { TransferProcess } from '../../core/ports/connector.ts'
import type { Change, Versioned } from '../../core/ports/store.ts'
import type { Outcome, Transfer } from '../../core/transfer/transfer.ts'
import type { TransferEvent } from '../../core/transfer/transition.ts'
import { applyToTransfer, commit, committed } from './apply.ts'
import { cautiousNow } from './cautious-now.ts'
import { cancelled } from './end-job.ts'
import { connectorOf, type EngineParts } from './parts.ts'
import { transferPause } from './transfer-pace.ts'

/** When to look again at a transfer whose connector cannot be asked: nothing but a message of its own changes that. Milliseconds. */
const silentMs = 3_600_000
/** How long a connector may not know a transfer process before we believe it, in milliseconds. */
export const unknownGraceMs = 60_000

/**
 * Looks at a transfer through the Management API, because not every end of it is told to us.
 * @returns when to look again (milliseconds since 1970), or `undefined` where the transfer is over
 */
export async function stepTransfer(parts: EngineParts, transferId: string): Promise<number | undefined> {
  const transfer = await parts.store.transfer(transferId)
  if (transfer === undefined) return undefined
  const { value } = transfer
  if (value.state === 'ended') {
    await scheduleRemoval(parts, value, value.outcome)
    return undefined
  }
  const connector = connectorOf(parts, value.connectorId)
  if (connector.silent === true) return parts.clock.now() + silentMs
  const process = await connector.transferProcess(value.processId)
  crash('transfer-asked')
  const now = parts.clock.now()
  if (process === undefined) return judgeUnknown(parts, transfer, now)
  if (process.state === 'completed' || process.state === 'terminated') {
    await end(parts, transfer, process.state, `the transfer process is ${process.stateName}`)
    return now
  }
  await follow(parts, transfer, process, now)
  return now + transferPause(value, await jobOf(parts, value), parts.times, now)
}

/** The job that decides how soon to look again. Where it cannot be read, the job's own work fails and tells; the transfer is followed all the same. */
async function jobOf(parts: EngineParts, { state, jobId }: Transfer): Promise<Job | undefined> {
  if (state !== 'requested') return undefined
  return (await parts.store.job(jobId).catch(() => undefined))?.value
}

/** A connector that lost its memory, or is coming up, is given a minute; a transfer not verified yet is judged by `verify`. */
async function judgeUnknown(parts: EngineParts, transfer: Versioned<Transfer>, now: number): Promise<number> {
  const job = await parts.store.job(transfer.value.jobId)
  if (job?.value.state === 'accepted') return now + parts.times.pollMs
  const { unknownSince } = transfer.value
  if (unknownSince === undefined) {
    await commit(parts, { transfer: { value: { ...transfer.value, unknownSince: now }, revision: transfer.revision } })
  } else if (now >= unknownSince + unknownGraceMs) {
    await end(parts, transfer, 'terminated', 'the connector does not know the transfer process any more')
    return now
  }
  return now + parts.times.pollMs
}

/** Takes over what the connector says. Between two looks it may have passed through several states. */
async function follow(
  parts: EngineParts,
  transfer: Versioned<Transfer>,
  process: TransferProcess,
  now: number,
): Promise<void> {
  let current = transfer
  if (current.value.unknownSince !== undefined) {
    const { unknownSince: _, ...value } = current.value
    current = { value, revision: current.revision }
    await commit(parts, { transfer: current })
    current = committed(current)
  }
  for (const event of eventsFor(current.value, process)) {
    current = applyToTransfer(current, event, now)
    await commit(parts, { transfer: current })
    current = committed(current)
    crash('transfer-followed')
    parts.logger.info('transfer changed', {
      transferId: transfer.value.id,
      connectorId: transfer.value.connectorId,
      event: event.type,
    })
  }
}

/**
 * A data flow starts, is suspended and resumed by messages alone: its process is in a state of passage when they come, and says
 * something else for a moment.
 */
function eventsFor({ state, flow }: Transfer, process: TransferProcess): readonly TransferEvent[] {
  if (flow !== undefined) return []
  const started: TransferEvent = { type: 'started' }
  const suspended: TransferEvent = { type: 'suspended' }
  if (process.state === 'started' && state === 'granting') return [started]
  if (process.state === 'started' && state === 'suspended') return [{ type: 'resumed' }]
  if (process.state !== 'suspended') return []
  if (state === 'granting') return [started, suspended]
  return state === 'granted' || state === 'delivering' ? [suspended] : []
}

/** The connector ended the transfer: the token dies and a job under way is cancelled in the same transaction. */
async function end(parts: EngineParts, transfer: Versioned<Transfer>, outcome: Outcome, reason: string): Promise<void> {
  const now = parts.clock.now()
  const job = await parts.store.job(transfer.value.jobId)
  const change: Change = job === undefined || isFinal(job.value) ? {} : cancelled(job, 'connector', reason, now)
  await commit(parts, { ...change, transfer: applyToTransfer(transfer, { type: 'ended', outcome, reason }, now) })
  crash('transfer-ended')
  parts.logger.info('transfer ended', {
    transferId: transfer.value.id,
    connectorId: transfer.value.connectorId,
    outcome,
    reason,
  })
}

/** Results go at once when a transfer was terminated, and after the asset's retention when it was completed; with the agreement at the latest. */
async function scheduleRemoval(parts: EngineParts, transfer: Transfer, outcome: Outcome): Promise<void> {
  const result = await parts.store.result(transfer.jobId)
  if (result === undefined || result.removedAt !== undefined) return
  const job = await parts.store.job(transfer.jobId)
  const terms = job !== undefined && 'terms' in job.value ? job.value.terms : undefined
  const registered = terms === undefined ? undefined : await parts.assetVersion(transfer.assetId, terms.assetVersion)
  // What is not kept at all need not wait until a clock that was ahead has its time again.
  const retained =
    outcome === 'completed'
      ? transfer.since + (registered?.asset.retention ?? 0)
      : Math.min(transfer.since, await cautiousNow(parts))
  const agreementEnds = terms?.agreementEndsAt ?? Infinity
  const reason = agreementEnds < retained ? 'the agreement ends' : `the transfer is ${outcome}`
  const expiresAt = Math.min(retained, agreementEnds, result.expiresAt ?? Infinity)
  await parts.store.markResult(transfer.jobId, { expiresAt, reason })
  crash('removal-set')
  await parts.store.wake([{ kind: 'expire', key: transfer.jobId, dueAt: expiresAt }])
}
