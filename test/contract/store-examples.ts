import { acceptedJob, type Job, type Result, type Terms } from '../../core/job/job.ts'
import { type JobEvent, transition } from '../../core/job/transition.ts'
import type {
  AgreementRequirement,
  AssetRecord,
  Callback,
  SlotRequirement,
  Store,
  Versioned,
} from '../../core/ports/store.ts'
import { buildManifest } from '../../core/result/manifest.ts'
import { isTransitionError } from '../../core/transition-error.ts'
import { requestedTransfer, type Transfer } from '../../core/transfer/transfer.ts'

/** A transfer and its job as they are accepted, told apart by a word. */
export function pair(word: string, assetId = 'asset'): { readonly transfer: Transfer; readonly job: Job } {
  const ids = {
    id: `transfer-${word}`,
    processId: `process-${word}`,
    definitionId: `definition-${word}`,
    jobId: `job-${word}`,
  }
  const transfer = requestedTransfer({ ...ids, connectorId: 'provider', assetId }, 1)
  const origin = { kind: 'transfer', transferId: ids.id, connectorId: 'provider' } as const
  return { transfer, job: acceptedJob(ids.jobId, origin, assetId, 1) }
}

/** Terms under an agreement, of version 1.0.0. */
export function terms(agreementId = 'agreement'): Terms {
  return { assetVersion: '1.0.0', agreementId, consumerId: 'consumer', parameters: { TOP: '5' } }
}

/** The job after events, with the revision it was read at. */
export function after(job: Versioned<Job>, ...events: readonly JobEvent[]): Versioned<Job> {
  const value = events.reduce<Job>((before, event) => {
    const next = transition(before, event, 2)
    if (isTransitionError(next)) throw new Error(`${next.from} does not take ${next.event}`)
    return next
  }, job.value)
  return { value, revision: job.revision }
}

export const verified: JobEvent = { type: 'verified', terms: terms() }
export const slotTaken: JobEvent = { type: 'slot-taken', attempt: 1 }
export const failed: JobEvent = {
  type: 'failed',
  failure: { cause: 'exit-code', message: 'It exited with 3.', exitCode: 3 },
}

/** Accepts a pair and gives back its job as stored. */
export async function accepted(store: Store, word: string, assetId = 'asset'): Promise<Versioned<Job>> {
  const { transfer, job } = pair(word, assetId)
  await store.accept(transfer, job, [])
  return stored(await store.job(job.id))
}

/** What must be there. */
export function stored<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('it is not in the store')
  return found
}

export function resultOf(word: string): Result {
  const jobId = `job-${word}`
  const manifest = buildManifest(jobId, 1, [
    { path: 'a.txt', size: 3, sha256: 'a'.repeat(64), mediaType: 'text/plain' },
  ])
  return { jobId, transferId: `transfer-${word}`, attempt: 1, manifest, registeredAt: 7 }
}

export function callbackOf(word: string, id = `callback-${word}`): Callback {
  return {
    id,
    transferId: `transfer-${word}`,
    connectorId: 'provider',
    message: { kind: 'terminate', reason: 'why “so”' },
    createdAt: 8,
  }
}

export function assetRecord(version: string, registeredAt: number, more: Partial<AssetRecord> = {}): AssetRecord {
  return {
    id: 'asset',
    version,
    document: { metadata: { id: 'asset', version }, title: 'größe' },
    bundled: { 'a.txt': { key: `assets/${version}/a.txt`, size: 3, sha256: 'a'.repeat(64) } },
    bundleId: `bundle-${version}-${registeredAt}`,
    registeredAt,
    enabled: true,
    ...more,
  }
}

/** A slot of the asset, without limits on its consumer and the whole. */
export function slot(limit: number, more: Partial<SlotRequirement> = {}): SlotRequirement {
  return {
    kind: 'slot',
    assetId: 'asset',
    limit,
    consumerId: 'consumer',
    consumerLimit: 1000,
    totalLimit: 1000,
    ...more,
  }
}

/** A job of an agreement for the asset, without a limit on what its consumer has waiting. */
export function underAgreement(
  agreementId: string,
  limit: number,
  more: Partial<AgreementRequirement> = {},
): AgreementRequirement {
  return { kind: 'agreement', assetId: 'asset', agreementId, limit, consumerId: 'consumer', queuedLimit: 1000, ...more }
}
