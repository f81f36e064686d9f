import { type AssetRules, readAsset } from '../../core/asset/read.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { AssetRecord, Store } from '../../core/ports/store.ts'
import { boundedPatterns } from './bounded-patterns.ts'

/** Registered assets, read once and kept: a version never changes once a job used it. */
export interface Registry {
  newest(id: string): Promise<RegisteredAsset | undefined>
  version(id: string, version: string): Promise<RegisteredAsset | undefined>
}

/** Most asset versions kept in memory. */
const mostKept = 500

/** Reads assets from the store. What is stored passed the rules when it was registered, so it is not judged by them again. */
export function registry(store: Store): Registry {
  const kept = new Map<string, RegisteredAsset>()
  const rules: AssetRules = { allowTags: true, patterns: boundedPatterns }
  const read = (record: AssetRecord | undefined): RegisteredAsset | undefined => {
    if (record === undefined) return undefined
    const found = kept.get(record.bundleId)
    if (found !== undefined) return found
    const asset: RegisteredAsset = { ...readAsset(record.document, record.dotenv, rules), bundled: record.bundled }
    if (kept.size >= mostKept) kept.clear()
    kept.set(record.bundleId, asset) // every registration has a bundle id of its own, so a replaced version is another key
    return asset
  }
  return {
    newest: async (id) => read(await store.newestAsset(id)),
    version: async (id, version) => read(await store.assetVersion(id, version)),
  }
}
