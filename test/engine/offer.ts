import { readAsset } from '../../core/asset/read.ts'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { AssetRecord } from '../../core/ports/store.ts'
import { leastAsset } from '../support/example-asset.ts'

/** What a test's asset says other than the usual. */
export interface Offer {
  readonly version?: string
  readonly limits?: ComputeAssetDocument['limits']
  readonly retention?: string
  readonly parameters?: ComputeAssetDocument['parameters']
  readonly onFailure?: ComputeAssetDocument['onFailure']
}

/** Id of the asset that the engine's tests offer. */
export const assetId = leastAsset.metadata.id

/**
 * An asset version as the registry keeps it.
 * @param bundleId unique to this registration
 * @param registeredAt milliseconds since 1970; the newest version is the one registered last
 */
export function assetRecord(offer: Offer, bundleId: string, registeredAt: number): AssetRecord {
  const { version = '1.0.0', limits = {}, retention = '7d', parameters = {}, onFailure = 'terminate' } = offer
  const document: ComputeAssetDocument = {
    ...leastAsset,
    metadata: { ...leastAsset.metadata, version },
    limits,
    retention,
    parameters,
    onFailure,
  }
  return { id: assetId, version, document, bundled: {}, bundleId, registeredAt, enabled: true }
}

const read = new Map<string, RegisteredAsset>()

/** Reads an asset version, each document once in this process: thousands of worlds offer the same few. */
export function readRecord(record: AssetRecord | undefined): RegisteredAsset | undefined {
  if (record === undefined) return undefined
  const key = JSON.stringify(record.document)
  const known = read.get(key)
  if (known !== undefined) return known
  const asset = { ...readAsset(record.document, undefined, { allowTags: false }), bundled: record.bundled }
  read.set(key, asset)
  return asset
}
