import type { Failure } from '../../core/job/causes.ts'
import type { AcceptedJob } from '../../core/job/job.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit } from './apply.ts'
import { cancelled, failJob } from './end-job.ts'
import { connectorOf, type EngineParts } from './parts.ts'

/** How long a connector may not know its own transfer process before we believe it. Milliseconds. */
const unknownGraceMs = 5_000

/**
 * Asks the connector back about an accepted transfer and freezes what it says: anyone who reaches our address could have sent
 * the message. On success the job is queued.
 * @returns when to look again, milliseconds since 1970
 */
export async function verify(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
): Promise<number> {
  const now = parts.clock.now()
  const connector = connectorOf(parts, transfer.value.connectorId)
  const process = await connector.transferProcess(transfer.value.processId)
  if (process === undefined && now < job.value.createdAt + unknownGraceMs) return now + 1_000
  if (process === undefined) return refuse(parts, job, transfer, 'The connector does not know this transfer process.')
  if (process.state === 'completed' || process.state === 'terminated') {
    await commit(parts, cancelled(job, 'connector', `the transfer process is ${process.stateName}`, now))
    return now
  }
  if (process.assetId !== job.value.assetId)
    return refuse(parts, job, transfer, `The transfer process is about the asset ${process.assetId}.`)
  const agreement = await connector.agreement(process.agreementId)
  if (agreement === undefined)
    return refuse(parts, job, transfer, `The connector does not know the agreement ${process.agreementId}.`)
  if (agreement.assetId !== job.value.assetId)
    return refuse(parts, job, transfer, `The agreement is about the asset ${agreement.assetId}.`)
  const registered = await parts.newestAsset(job.value.assetId)
  if (registered === undefined) return refuse(parts, job, transfer, 'The asset is not offered any more.')
  const read = readParameters(registered, process.parameters)
  if (!read.ok) return end(parts, job, transfer, { cause: 'invalid-parameters', message: read.message })
  const { metadata, limits } = registered.asset
  const terms = {
    assetVersion: metadata.version,
    agreementId: process.agreementId,
    consumerId: agreement.consumerId,
    parameters: read.environment,
  }
  const fits = await commit(parts, {
    job: applyToJob(job, { type: 'verified', terms }, now),
    require: {
      kind: 'agreement',
      assetId: metadata.id,
      agreementId: process.agreementId,
      limit: limits.jobsPerAgreement,
    },
  })
  if (!fits)
    return refuse(
      parts,
      job,
      transfer,
      `The agreement has had its ${limits.jobsPerAgreement} jobs (limits.jobsPerAgreement).`,
    )
  parts.logger.info('job queued', {
    jobId: job.value.id,
    transferId: transfer.value.id,
    assetId: metadata.id,
    assetVersion: metadata.version,
  })
  return now
}

function refuse(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
  message: string,
): Promise<number> {
  return end(parts, job, transfer, { cause: 'refused', message })
}

async function end(
  parts: EngineParts,
  job: Versioned<AcceptedJob>,
  transfer: Versioned<Transfer>,
  failure: Failure,
): Promise<number> {
  await failJob(parts, job, transfer, failure)
  return parts.clock.now()
}

type ReadParameters =
  | { readonly ok: true; readonly environment: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string }

/** The consumer's parameters as environment variables. Connectors carry them as JSON text, because they bruise nested values. */
function readParameters(registered: RegisteredAsset, sent: unknown): ReadParameters {
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
