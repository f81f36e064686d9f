import type { Backend, FoundAttempt } from '../../core/ports/backend.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Finding } from './finding.ts'
import { readRows, type StoreContents } from './read-rows.ts'

/** Limits of an asset version as far as the checker goes by them. Durations in milliseconds. */
export interface AssetLimits {
  readonly concurrentJobs: number
  readonly jobsPerAgreement: number
  readonly startTimeout: number
  readonly timeout: number
}

/** What is compared with what. */
export interface CheckParts {
  readonly store: Pick<Store, 'installation' | 'rows'>
  readonly backend: Pick<Backend, 'list'>
  readonly objects: Pick<ObjectStore, 'list' | 'open'>
  /** Limits of an asset version, `undefined` where it cannot be read. */
  readonly limitsOf: (assetId: string, version: string) => Promise<AssetLimits | undefined>
  /** How long the sidecar may upload, in milliseconds. */
  readonly uploadTimeoutMs: number
  readonly now: () => number
}

/** An object as listed. */
export interface SeenObject {
  readonly key: string
  readonly size: number
}

/** Everything as it was at about one moment. */
export interface Sight {
  readonly at: number
  readonly installation: string
  readonly found: readonly FoundAttempt[]
  /** Objects of each job, by its id. */
  readonly objectsOfJobs: ReadonlyMap<string, readonly SeenObject[]>
  /** Of each reception, by its id. */
  readonly objectsOfReceptions: ReadonlyMap<string, readonly SeenObject[]>
  /** Ids of the bundles that lie in the object store, with how many objects. */
  readonly bundles: ReadonlyMap<string, number>
  readonly contents: StoreContents
  /** By `<asset> <version>`, for those that jobs have. */
  readonly limits: ReadonlyMap<string, AssetLimits>
  readonly uploadTimeoutMs: number
}

/**
 * Looks at everything. What is made is put on record before it comes into being, so the record is read last: then whatever lies
 * somewhere and is not on record is nobody's.
 */
export async function lookAtAll(parts: CheckParts): Promise<{ sight: Sight; findings: readonly Finding[] }> {
  const found = await parts.backend.list()
  const objectsOfJobs = await objectsByOwner(parts, 'jobs/')
  const objectsOfReceptions = await objectsByOwner(parts, 'received/')
  const bundles = new Map<string, number>()
  for await (const { key } of parts.objects.list('assets/')) {
    const bundleId = key.split('/')[1] ?? ''
    bundles.set(bundleId, (bundles.get(bundleId) ?? 0) + 1)
  }
  const { contents, findings } = await readRows(parts.store)
  const sight: Sight = {
    at: parts.now(),
    installation: await parts.store.installation(),
    found,
    objectsOfJobs,
    objectsOfReceptions,
    bundles,
    contents,
    limits: await limitsOfAll(parts, contents),
    uploadTimeoutMs: parts.uploadTimeoutMs,
  }
  return { sight, findings }
}

/** Objects below a prefix, by the part of their keys that follows it. */
async function objectsByOwner(
  { objects }: CheckParts,
  prefix: string,
): Promise<ReadonlyMap<string, readonly SeenObject[]>> {
  const byOwner = new Map<string, SeenObject[]>()
  for await (const object of objects.list(prefix)) {
    const owner = object.key.split('/')[1] ?? ''
    const list = byOwner.get(owner)
    if (list === undefined) byOwner.set(owner, [object])
    else list.push(object)
  }
  return byOwner
}

async function limitsOfAll(parts: CheckParts, { jobs }: StoreContents): Promise<ReadonlyMap<string, AssetLimits>> {
  const limits = new Map<string, AssetLimits>()
  for (const { assetId, terms } of jobs.values()) {
    if (terms === undefined || limits.has(`${assetId} ${terms.assetVersion}`)) continue
    const found = await parts.limitsOf(assetId, terms.assetVersion)
    if (found !== undefined) limits.set(`${assetId} ${terms.assetVersion}`, found)
  }
  return limits
}

/** The limits of a job's asset version. */
export function limitsOfJob(
  { limits }: Sight,
  { assetId, terms }: { readonly assetId: string; readonly terms?: { readonly assetVersion: string } | undefined },
): AssetLimits | undefined {
  return terms === undefined ? undefined : limits.get(`${assetId} ${terms.assetVersion}`)
}

/** Whether a job is over. */
export function isOver({ state }: { readonly state: string }): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}
