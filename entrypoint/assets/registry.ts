import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { AssetRecord, Store } from '../../core/ports/store.ts'

/** Registered assets, read once and kept: a version never changes once a job used it. */
export interface Registry {
  newest(id: string): Promise<RegisteredAsset | undefined>
  version(id: string, version: string): Promise<RegisteredAsset | undefined>
}

/** Most asset versions kept in memory. */
const mostKept = 500
/**
 * How long a version is not looked up again, in milliseconds. One that a job has cannot change, and nobody else asks for a version; only where
 * all its jobs are forgotten and it is registered anew, that is seen so much later.
 */
const trustedMs = 10_000

/**
 * Reads assets from the store. What is stored passed the rules when it was registered, so it is not judged by them again. What reads
 * them (the schema's library above all) is loaded for the first one.
 */
export function registry(store: Store): Registry {
  const kept = new Map<string, RegisteredAsset>()
  const trusted = new Map<string, { readonly asset: RegisteredAsset; readonly until: number }>()
  const read = async (record: AssetRecord | undefined): Promise<RegisteredAsset | undefined> => {
    if (record === undefined) return undefined
    const found = kept.get(record.bundleId)
    if (found !== undefined) return found
    const { readAsset } = await import('../../core/asset/read.ts')
    const { boundedPatterns } = await import('./bounded-patterns.ts')
    const rules = { allowTags: true, patterns: boundedPatterns }
    const asset: RegisteredAsset = { ...readAsset(record.document, record.dotenv, rules), bundled: record.bundled }
    if (kept.size >= mostKept) kept.clear()
    kept.set(record.bundleId, asset) // every registration has a bundle id of its own, so a replaced version is another key
    return asset
  }
  return {
    newest: async (id) => read(await store.newestAsset(id)),
    async version(id, version) {
      const key = `${id} ${version}`
      const known = trusted.get(key)
      if (known !== undefined && performance.now() < known.until) return known.asset
      const asset = await read(await store.assetVersion(id, version))
      if (trusted.size >= mostKept) trusted.clear()
      if (asset !== undefined) trusted.set(key, { asset, until: performance.now() + trustedMs })
      return asset
    },
  }
}
