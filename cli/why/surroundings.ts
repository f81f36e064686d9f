import { type ComputeAsset, computeAssetSchema } from '../../core/asset/schema.ts'
import type { AdminApi } from '../api/admin-api.ts'
import { assetDetails } from '../api/assets.ts'
import { listJobs, type ShownJob } from '../api/jobs.ts'
import { CliError } from '../cli-error.ts'

/** What of the asset a job runs by. Times in milliseconds. */
export interface AssetTerms {
  readonly timeout: number
  readonly startTimeout: number
  readonly retries: number
  readonly concurrentJobs: number
  readonly onFailure: ComputeAsset['onFailure']
}

/** What is around a job. */
export interface Surroundings {
  /** `undefined` where the asset was removed since, or the job was not verified yet. */
  readonly terms?: AssetTerms
  /** Jobs of the same asset that may hold a slot; asked only for a job that waits for one. */
  readonly ahead?: readonly ShownJob[]
}

/** Most jobs of one state looked at; more than any asset's slots. */
const most = 500

/** Asks the service for what is needed to explain a job. */
export async function surroundingsOf(api: AdminApi, job: ShownJob): Promise<Surroundings> {
  const terms = job.assetVersion === null ? undefined : await termsOf(api, job.assetId, job.assetVersion)
  const ahead = job.state === 'queued' ? await slotHolders(api, job) : undefined
  return { ...(terms === undefined ? {} : { terms }), ...(ahead === undefined ? {} : { ahead }) }
}

async function termsOf(api: AdminApi, id: string, version: string): Promise<AssetTerms | undefined> {
  try {
    const parsed = computeAssetSchema.safeParse((await assetDetails(api, id, version)).document)
    if (!parsed.success) return undefined // registered by a version of the service that knew other fields
    const { limits, onFailure } = parsed.data
    return { ...limits, onFailure }
  } catch (error) {
    if (error instanceof CliError && error.exit === 'not-found') return undefined
    throw error
  }
}

async function slotHolders(api: AdminApi, { id, assetId }: ShownJob): Promise<readonly ShownJob[]> {
  const states = ['starting', 'running', 'storing'] as const
  const pages = await Promise.all(states.map((state) => listJobs(api, { asset: assetId, state, limit: most })))
  return pages.flatMap((page) => page.jobs).filter((one) => one.id !== id)
}
