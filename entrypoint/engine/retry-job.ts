import { type Author, service } from '../../core/audit/entry.ts'
import { crash } from '../../core/crash-point.ts'
import { ServiceError } from '../../core/errors.ts'
import { isFinal, type Job, type Origin, repeatedJob, type Terms } from '../../core/job/job.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { Change, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { commit, transferOf } from './apply.ts'
import type { EngineParts } from './parts.ts'

/** Which version of the asset a repetition runs: the one that the job had, or the newest that is offered. */
export type RetryVersion = 'same' | 'newest'

/**
 * An operator has a job run again that failed or was cancelled. Where its transfer is still open (its asset reports failures, so
 * the consumer holds an address that serves the failure) the new job takes the old one's place, and its result appears at the
 * same address. Otherwise the new job is the operator's own: nobody is told of its end, and its result is kept for the asset's
 * retention. The consumer's allowance of jobs is not touched.
 * @returns the new job
 * @throws ServiceError `job-unknown`, `job-live`, `job-not-retryable`, `changed-meanwhile` (by the caller, where the commit is stale)
 */
export async function retryByOperator(
  parts: EngineParts,
  jobId: string,
  version: RetryVersion,
  by: Author = service,
): Promise<Job> {
  const job = await parts.store.job(jobId)
  if (job === undefined) throw new ServiceError('job-unknown', `There is no job ${JSON.stringify(jobId)}.`)
  const terms = termsToRepeat(job.value)
  const registered = await assetFor(parts, job.value.assetId, terms, version)
  const transfer = await openTransfer(parts, job.value)
  const now = parts.clock.now()
  const id = parts.ids.next()
  const origin: Origin =
    transfer === undefined
      ? { kind: 'operator', retryOf: jobId }
      : { kind: 'transfer', transferId: transfer.value.id, connectorId: transfer.value.connectorId, retryOf: jobId }
  const newTerms: Terms = { ...terms, assetVersion: registered.asset.metadata.version }
  const newJob = repeatedJob(id, origin, job.value.assetId, newTerms, now)
  const change: Change = {
    job: { value: { ...job.value, retriedAs: id }, revision: job.revision },
    newJob,
    by,
    ...(transfer === undefined ? {} : { transfer: servedBy(transfer, id) }),
    wake: [{ kind: 'job', key: id, dueAt: now }],
  }
  crash('retry-begun')
  await commit(parts, change)
  crash('retry-kept')
  parts.logger.info('job repeated', { jobId: id, retryOf: jobId, transferId: transfer?.value.id })
  return newJob
}

function termsToRepeat(job: Job): Terms {
  if (!isFinal(job))
    throw new ServiceError('job-live', `The job is ${job.state}. Wait for its end, or cancel it, then repeat it.`)
  if (job.state === 'succeeded') throw notRetryable('The job succeeded: there is nothing to repeat.')
  if (job.retriedAs !== undefined) throw notRetryable(`The job was repeated as ${job.retriedAs}; look at that one.`)
  if (job.terms === undefined) {
    const message =
      'The job was never verified, so there is nothing that could run: the consumer must start a new transfer.'
    throw notRetryable(message)
  }
  return job.terms
}

/** The version that is to run. It must still be offered (a paused one is), and understand the parameters that were agreed. */
async function assetFor(
  parts: EngineParts,
  assetId: string,
  terms: Terms,
  version: RetryVersion,
): Promise<RegisteredAsset> {
  const offered = await parts.store.listAssets(assetId)
  const wanted = version === 'same' ? terms.assetVersion : offered[0]?.version
  const registered = offered.some((one) => one.version === wanted)
    ? await parts.assetVersion(assetId, wanted ?? '')
    : undefined
  if (registered === undefined) {
    const what = version === 'same' ? `Version ${terms.assetVersion} of the asset` : 'The asset'
    throw notRetryable(`${what} ${assetId} was removed; register it again.`)
  }
  if (wanted === terms.assetVersion) return registered
  const before = await parts.assetVersion(assetId, terms.assetVersion)
  const same = JSON.stringify(before?.asset.parameters) === JSON.stringify(registered.asset.parameters)
  if (same) return registered
  const message = `Version ${wanted ?? ''} declares other parameters than version ${terms.assetVersion}, for which the job was agreed.`
  throw notRetryable(message)
}

/** The job's transfer where a new job can still serve it. */
async function openTransfer(parts: EngineParts, job: Job): Promise<Versioned<Transfer> | undefined> {
  const transfer = await transferOf(parts, job)
  if (transfer === undefined || transfer.value.state === 'ended') return undefined
  if (transfer.value.state !== 'suspended') return transfer
  throw notRetryable('The transfer is suspended: nothing new starts for it. Resume it at the connector first.')
}

function servedBy(transfer: Versioned<Transfer>, jobId: string): Versioned<Transfer> {
  return { value: { ...transfer.value, jobId }, revision: transfer.revision }
}

function notRetryable(message: string): ServiceError {
  return new ServiceError('job-not-retryable', message)
}
