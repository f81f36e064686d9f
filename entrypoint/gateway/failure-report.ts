import { causes } from '../../core/job/causes.ts'
import type { FailedJob } from '../../core/job/job.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { EngineParts } from '../engine/parts.ts'

/** What a consumer learns of a failed job where the asset reports failures instead of ending the transfer. */
export interface FailureReport {
  readonly state: 'failed'
  readonly failure: {
    readonly cause: string
    readonly title: string
    /** Left out where it could speak of the provider's own affairs, such as image names or addresses. */
    readonly message?: string
    readonly exitCode?: number
    /** Only where the asset shares them. */
    readonly lastLogLines?: readonly string[]
  }
}

/** The report of a failed job. */
function failureReport({ failure }: FailedJob, onFailure: RegisteredAsset['asset']['onFailure']): FailureReport {
  const { title, shared } = causes[failure.cause]
  const withLogs = onFailure === 'report-with-logs' && failure.lastLogLines !== undefined
  return {
    state: 'failed',
    failure: {
      cause: failure.cause,
      title,
      ...(shared ? { message: failure.message } : {}),
      ...(failure.exitCode === undefined ? {} : { exitCode: failure.exitCode }),
      ...(withLogs ? { lastLogLines: failure.lastLogLines ?? [] } : {}),
    },
  }
}

/** The report of a transfer's job where it failed and its asset reports failures; `undefined` otherwise. */
export async function failureOf(
  { store, newestAsset, assetVersion }: Pick<EngineParts, 'store' | 'newestAsset' | 'assetVersion'>,
  { jobId, assetId }: Transfer,
): Promise<FailureReport | undefined> {
  const job = (await store.job(jobId))?.value
  if (job?.state !== 'failed') return undefined
  const version = job.terms?.assetVersion
  const registered = version === undefined ? await newestAsset(assetId) : await assetVersion(assetId, version)
  return failureReport(job, registered?.asset.onFailure ?? 'report')
}
