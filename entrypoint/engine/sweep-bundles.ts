import { bundlePrefix } from '../../core/job/names.ts'
import type { EngineParts } from './parts.ts'

/**
 * How long files of an asset may lie without the asset, in milliseconds: twice as long as a registration may take, which stores the files
 * first.
 */
const unclaimedMs = 7_200_000
/** Rows of assets that are read at once. */
const pageSize = 500

/** Bundles that no asset has, by id, and since when that is seen. It is kept from round to round; a new process begins anew. */
export type Unclaimed = Map<string, number>

/**
 * Removes files that were stored for an asset that was never registered, because the process ended in between, or was removed since. Only
 * those of this installation are touched: their names say so.
 * @param unclaimed what the rounds before have seen; it is brought up to date
 * @returns the ids of bundles whose files were removed
 */
export async function sweepBundles(parts: EngineParts, unclaimed: Unclaimed): Promise<readonly string[]> {
  const there = new Set<string>()
  for await (const { key } of parts.objects.list('assets/')) {
    const bundleId = key.split('/')[1] ?? ''
    if (bundleId.startsWith(`${parts.installation}.`)) there.add(bundleId)
  }
  const claimed = there.size === 0 ? there : await claimedBundles(parts)
  const now = parts.clock.now()
  for (const bundleId of unclaimed.keys()) if (!there.has(bundleId) || claimed.has(bundleId)) unclaimed.delete(bundleId)
  const removed: string[] = []
  for (const bundleId of there) {
    if (claimed.has(bundleId)) continue
    const since = unclaimed.get(bundleId) ?? now
    unclaimed.set(bundleId, since)
    if (now < since + unclaimedMs) continue
    parts.logger.warn('files that no asset has are removed', { bundleId })
    await parts.objects.removeAll(bundlePrefix(bundleId))
    removed.push(bundleId)
  }
  return removed
}

async function claimedBundles({ store }: EngineParts): Promise<ReadonlySet<string>> {
  const claimed = new Set<string>()
  for (let after = ''; ; ) {
    const page = await store.rows('assets', { limit: pageSize, after })
    for (const { columns } of page) if (columns['removed_at'] === null) claimed.add(String(columns['bundle_id']))
    after = page.at(-1)?.key ?? ''
    if (page.length < pageSize) return claimed
  }
}
