import { crash } from '../../core/crash-point.ts'
import type { Failure } from '../../core/job/causes.ts'
import type { AcceptedJob, Terms } from '../../core/job/job.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import { limitsOf } from '../../core/limits/job-limits.ts'
import type { Agreement, TransferProcess } from '../../core/ports/connector.ts'
import type { Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit, Stale } from './apply.ts'
import { cancelled, failJob } from './end-job.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/** How long a connector may not know its own transfer process before we believe it. Milliseconds. */
const unknownGraceMs = 5_000

/**
 * Asks the connector back about an accepted transfer and freezes what it says: anyone who reaches our address could have sent
 * the message. On success the job is queued. A message that proves false ends its job without a word to the connector: the
 * process it names is somebody else's, and must not be ended by a forger.
 * @returns when to look again, milliseconds since 1970
 */
export async function verify(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
): Promise<number> {
  const now = parts.clock.now()
  const connector = connectorOf(parts, transfer.value.connectorId)
  const { flow } = transfer.value
  if (flow !== undefined && connector.silent === true) {
    const { agreementId, consumerId, parameters } = flow
    const agreement: Agreement = { consumerId, assetId: transfer.value.assetId }
    await settle(parts, job, transfer, { agreementId, agreement, parameters })
    return now
  }
  const process = await connector.transferProcess(transfer.value.processId)
  crash('verify-asked')
  if (process === undefined && now < job.value.createdAt + unknownGraceMs) return now + 1_000
  if (process?.state === 'completed' || process?.state === 'terminated') {
    await commit(parts, cancelled(job, 'connector', `the transfer process is ${process.stateName}`, now))
    return now
  }
  const lie =
    process === undefined
      ? 'The connector does not know this transfer process.'
      : await falsehood(parts, transfer.value, process)
  if (process === undefined || lie !== undefined) {
    await failJob(parts, job, transfer, { cause: 'refused', message: lie ?? '' }, 'tell-nobody')
    return now
  }
  const { agreementId } = process
  const agreement = await connector.agreement(agreementId)
  const parameters = flow?.parameters ?? process.parameters
  await settle(parts, job, transfer, { agreementId, agreement, parameters })
  return now
}

/** What was agreed, as the connector says. */
interface Agreed {
  readonly agreementId: string
  /** `undefined` where the connector does not know it. */
  readonly agreement: Agreement | undefined
  readonly parameters: unknown
}

/** Queues the job under what was agreed, or ends it. */
async function settle(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
  agreed: Agreed,
): Promise<void> {
  const registered = await parts.newestAsset(job.value.assetId)
  const terms = agree(job.value, agreed, registered, parts.clock.now())
  if ('cause' in terms) await failJob(parts, job, transfer, terms)
  else await queue(parts, job, transfer, terms, registered?.asset.limits.jobsPerAgreement ?? 0)
}

/** Why the message cannot have come from this process's own connector, `undefined` where it can. */
async function falsehood(
  parts: EngineParts,
  transfer: Transfer,
  process: TransferProcess,
): Promise<string | undefined> {
  if (process.assetId !== transfer.assetId) return `The transfer process is about the asset ${process.assetId}.`
  const { flow } = transfer
  if (flow !== undefined && process.agreementId !== flow.agreementId)
    return `The transfer process runs under the agreement ${process.agreementId}.`
  // A data flow that starts at once is not waited for.
  if (flow === undefined && process.state !== 'preparing' && process.state !== 'awaiting')
    return `The transfer process is ${process.stateName} and waits for nothing.`
  const others = await parts.store.transfersOfProcess(transfer.connectorId, transfer.processId)
  const earlier = others.find((other) => isEarlier(other, transfer))
  return earlier === undefined ? undefined : `The transfer process has the job ${earlier.jobId} already.`
}

/** The order in which messages were accepted; the id breaks a tie, so that two of one moment do not refuse each other. */
function isEarlier(other: Transfer, transfer: Transfer): boolean {
  return other.createdAt < transfer.createdAt || (other.createdAt === transfer.createdAt && other.id < transfer.id)
}

function refused(message: string): Failure {
  return { cause: 'refused', message }
}

/** What the job runs under, or why it may not. */
function agree(
  job: AcceptedJob,
  { agreementId, agreement, parameters }: Agreed,
  registered: RegisteredAsset | undefined,
  now: number,
): Terms | Failure {
  if (agreement === undefined) return refused(`The connector does not know the agreement ${agreementId}.`)
  if (agreement.assetId !== job.assetId) return refused(`The agreement is about the asset ${agreement.assetId}.`)
  const { endsAt } = agreement
  if (endsAt !== undefined && endsAt <= now)
    return refused(`The agreement ended at ${new Date(endsAt).toISOString()} by its own terms.`)
  if (registered === undefined) return refused('The asset is not offered any more.')
  const read = readParameters(registered, parameters)
  if (!read.ok) return { cause: 'invalid-parameters', message: read.message }
  return {
    assetVersion: registered.asset.metadata.version,
    agreementId,
    consumerId: agreement.consumerId,
    ...(endsAt === undefined ? {} : { agreementEndsAt: endsAt }),
    parameters: read.environment,
  }
}

async function queue(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
  terms: Terms,
  jobsPerAgreement: number,
): Promise<void> {
  const { id: jobId, assetId } = job.value
  const { agreementId, consumerId } = terms
  const limit = Math.min(jobsPerAgreement, parts.limits.jobsPerAgreement)
  const { queuedJobs: queuedLimit } = limitsOf(parts.limits, consumerId)
  const outcome = await parts.store.commit({
    ...(parts.holder === undefined ? {} : { holder: parts.holder }),
    job: applyToJob(job, { type: 'verified', terms }, parts.clock.now()),
    require: { kind: 'agreement', assetId, agreementId, limit, consumerId, queuedLimit },
  })
  switch (outcome) {
    case 'done':
      crash('verify-queued')
      parts.logger.info('job queued', {
        jobId,
        transferId: transfer.value.id,
        assetId,
        assetVersion: terms.assetVersion,
      })
      return
    case 'stale':
      throw new Stale('somebody else changed it meanwhile')
    case 'unmet': {
      const whose = limit === jobsPerAgreement ? 'limits.jobsPerAgreement' : 'the most that the service allows'
      const message = `The agreement has had its ${limit} jobs (${whose}).`
      return failJob(parts, job, transfer, { cause: 'refused', message })
    }
    case 'queue-full': {
      const message = `The consumer has ${queuedLimit} jobs waiting already, as many as it may have at once. Try again when some have run.`
      return failJob(parts, job, transfer, { cause: 'refused', message })
    }
  }
}

/** Parameters as environment variables, or what is wrong with them, in words for the consumer. */
export type ReadParameters =
  | { readonly ok: true; readonly environment: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string }

/** The consumer's parameters as environment variables. Connectors carry them as JSON text, because they bruise nested values. */
export function readParameters(registered: RegisteredAsset, sent: unknown): ReadParameters {
  let values: unknown = sent ?? {}
  if (typeof values === 'string') {
    try {
      values = JSON.parse(values)
    } catch {
      return { ok: false, message: 'params in dataDestination is no JSON text.' }
    }
  }
  const checked = registered.parameters.check(values)
  if (checked.ok) return checked
  return {
    ok: false,
    message: checked.problems.map((problem) => `${problem.where} ${problem.message}`.trim()).join('; '),
  }
}
