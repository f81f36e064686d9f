import { type Author, service } from '../../core/audit/entry.ts'
import { crash } from '../../core/crash-point.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Failure } from '../../core/job/causes.ts'
import { type CancelledBy, isFinal, type Job } from '../../core/job/job.ts'
import type { Callback, CallbackMessage, Change, DueWork, Versioned } from '../../core/ports/store.ts'
import type { Outcome, Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, applyToTransfer, commit, Stale, transferOf } from './apply.ts'
import type { EngineParts } from './parts.ts'

/** Whether the connector is told to end its process. Not where the message was false: then the process is somebody else's. */
export type Telling = 'terminate' | 'tell-nobody'

/** How often an operator's word is repeated where the job changes in the same moment. */
const mostTries = 10
/** Longest reason that is sent to a connector, in characters. */
const longestReason = 1000
/**
 * How long a control plane gets to store our answer to a start before it is told more. A `started` that comes before is answered
 * 500, 10 ms later 200 (seen on EDC 0.18.0). Milliseconds.
 */
const settledMs = 1_000

/**
 * Ends a job by a failure. Its transfer (where it has one) ends with it, and the connector is told to terminate, with the reason; or, where the asset
 * reports failures, the connector is given an address at which the consumer finds the failure instead of a result.
 */
export async function failJob(
  parts: EngineParts,
  job: Versioned<Job>,
  transfer: Versioned<Transfer> | undefined,
  failure: Failure,
  telling: Telling = 'terminate',
): Promise<void> {
  const now = parts.clock.now()
  const reason = `${failure.cause}: ${failure.message}`.slice(0, longestReason)
  const reports =
    telling === 'terminate' &&
    transfer?.value.flow?.type !== 'push' &&
    (hasAddress(transfer) || (await reportsFailures(parts, job.value)))
  const ending = reports ? grantAddress(parts, transfer) : endTransfer(parts, transfer, 'failed', reason, telling)
  await commit(parts, {
    ...ending,
    job: applyToJob(job, { type: 'failed', failure }, now),
    wake: [...ending.wake, { kind: 'job', key: job.value.id, dueAt: now }],
  })
  crash('job-failed-kept')
  parts.logger.warn('job failed', {
    jobId: job.value.id,
    transferId: transfer?.value.id,
    cause: failure.cause,
    reason: failure.message,
  })
}

/** Cancels a job; what exists of it is removed by the next look at it. */
export function cancelled(job: Versioned<Job>, by: CancelledBy, reason: string, now: number): Change {
  return {
    job: applyToJob(job, { type: 'cancelled', by, reason }, now),
    wake: [{ kind: 'job', key: job.value.id, dueAt: now }],
  }
}

/**
 * An operator ends a job, and its transfer with it: the connector is told to terminate, with the reason.
 * @throws ServiceError `job-unknown`, `job-over`, `job-unverified`
 */
export async function cancelByOperator(
  parts: EngineParts,
  jobId: string,
  reason: string,
  by: Author = service,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToCancel(parts, jobId, reason, by)
    } catch (error) {
      // The job took its next step in the same moment; the operator's word still stands.
      if (!(error instanceof Stale) || tries >= mostTries) throw error
    }
  }
}

async function tryToCancel(parts: EngineParts, jobId: string, reason: string, by: Author): Promise<void> {
  const job = await parts.store.job(jobId)
  if (job === undefined) throw new ServiceError('job-unknown', `There is no job ${JSON.stringify(jobId)}.`)
  if (isFinal(job.value)) throw new ServiceError('job-over', `The job is ${job.value.state}.`)
  if (job.value.state === 'accepted') throw unverified(job.value)
  const transfer = await transferOf(parts, job.value)
  const now = parts.clock.now()
  const told = `cancelled by the provider: ${reason}`.slice(0, longestReason)
  const ending = endTransfer(parts, transfer, 'terminated', told, 'terminate')
  const change = cancelled(job, 'operator', reason, now)
  crash('cancel-begun')
  await commit(parts, { ...change, ...ending, by, wake: [...ending.wake, ...(change.wake ?? [])] })
  crash('cancel-kept')
  parts.logger.info('job cancelled', { jobId, transferId: transfer?.value.id, by: 'operator', reason })
}

/** The process that the message names may be somebody else's: it is not ended before the connector said whose it is. */
function unverified({ origin }: Job): ServiceError {
  const connector = origin.kind === 'transfer' ? origin.connectorId : ''
  const message = `The connector ${connector} has not confirmed yet that the transfer is real, so it cannot be told to end it.`
  return new ServiceError('job-unverified', message)
}

/** What comes of a job's end for its transfer. */
export interface Ending {
  readonly transfer?: Versioned<Transfer>
  readonly callbacks?: readonly Callback[]
  readonly wake: readonly DueWork[]
}

/**
 * Whether the consumer holds an address already, so that a failure is to be read there: the job repeats one that was reported. Whoever
 * got the address at the start was told nothing yet.
 */
function hasAddress(transfer: Versioned<Transfer> | undefined): boolean {
  return transfer !== undefined && transfer.value.state !== 'requested' && transfer.value.flow?.start !== 'sync'
}

/** Whether the asset has its failures reported. The version that the job froze counts, else the one it would have got. */
async function reportsFailures(parts: EngineParts, job: Job): Promise<boolean> {
  const version = 'terms' in job ? job.terms?.assetVersion : undefined
  const registered =
    version === undefined ? await parts.newestAsset(job.assetId) : await parts.assetVersion(job.assetId, version)
  return registered !== undefined && registered.asset.onFailure !== 'terminate'
}

/**
 * What gives the consumer an address, for a result or the report of a failure; nothing where the transfer is over, or has its
 * address already (of a job that failed and was repeated, or of a data flow that started at once): what is served there changes, the
 * address does not. A push that has started begins to deliver.
 */
export function grantAddress(parts: EngineParts, transfer: Versioned<Transfer> | undefined): Ending {
  if (transfer === undefined) return { wake: [] }
  const now = parts.clock.now()
  const { id, state, createdAt, flow } = transfer.value
  if (state !== 'requested')
    return { wake: flow?.type === 'push' && state !== 'ended' ? [{ kind: 'deliver', key: id, dueAt: now }] : [] }
  const callback = newCallback(parts, transfer.value, { kind: flow === undefined ? 'provisioned' : 'started' })
  const dueAt = flow === undefined ? now : Math.max(now, createdAt + settledMs)
  return {
    transfer: applyToTransfer(transfer, { type: 'address-decided' }, now),
    callbacks: [callback],
    wake: [{ kind: 'callback', key: callback.id, dueAt }],
  }
}

/**
 * What ends a transfer and tells its connector; nothing where there is none or it is over already. `errored` alone ends nothing on
 * the side of a control plane (EDC 0.18 logs it), so that the Management API is asked to, as with every connector.
 */
export function endTransfer(
  parts: EngineParts,
  transfer: Versioned<Transfer> | undefined,
  outcome: Outcome,
  reason: string,
  telling: Telling,
): Ending {
  if (transfer === undefined || transfer.value.state === 'ended') return { wake: [] }
  const now = parts.clock.now()
  const ended = applyToTransfer(transfer, { type: 'ended', outcome, reason }, now)
  if (telling === 'tell-nobody') return { transfer: ended, wake: [] }
  const { flow, createdAt } = transfer.value
  const kinds = flow === undefined ? (['terminate'] as const) : (['errored', 'terminate'] as const)
  const callbacks = kinds.map((kind) => newCallback(parts, transfer.value, { kind, reason }))
  const dueAt = flow === undefined ? now : Math.max(now, createdAt + settledMs)
  return { transfer: ended, callbacks, wake: callbacks.map(({ id: key }) => ({ kind: 'callback', key, dueAt })) }
}

/** A callback for the outbox. */
export function newCallback(parts: EngineParts, { id, connectorId }: Transfer, message: CallbackMessage): Callback {
  return { id: parts.ids.next(), transferId: id, connectorId, message, createdAt: parts.clock.now() }
}
