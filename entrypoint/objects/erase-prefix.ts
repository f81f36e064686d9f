import { type Client, S3Error } from 'minio'
import type { Erasure } from '../../core/audit/of-result.ts'
import { listKeys } from './list-keys.ts'
import { listVersions, type StoredVersion } from './list-versions.ts'
import { abandonUploads, openUploads } from './open-uploads.ts'

/** Most that one request removes (DeleteObjects). */
const mostAtOnce = 1000

/**
 * Removes everything below a prefix for good and looks again: objects with every version and delete marker, and uploads in parts that
 * nobody finished. On a bucket without versions each object is its only version, and is removed without naming one: that needs a right
 * less. Where our key may not see or remove versions, the present objects go, and the caller is told.
 */
export async function erasePrefix(client: Client, bucket: string, prefix: string): Promise<Erasure> {
  const found = await versionsBelow(client, bucket, prefix)
  const uploads = await openUploads(client, bucket, prefix)
  const objects = found.versions.filter(({ isMarker }) => !isMarker)
  const remove = (entries: readonly Removed[]): Promise<boolean> => removeSome(client, bucket, prefix, entries)
  const [lone, several] = [objects.filter(isUnversioned), found.versions.filter((one) => !isUnversioned(one))]
  await remove(lone.map(({ key }) => ({ name: key })))
  let denied = found.unseen || !(await remove(several.map(versionOf)))
  if (denied && !found.unseen) await remove([...new Set(several.map(({ key }) => key))].map((name) => ({ name })))
  await abandonUploads(client, bucket, uploads)
  if (!denied) {
    // In a bucket with versions, what was removed without naming one has left a mark.
    const marks = (await versionsBelow(client, bucket, prefix)).versions
    denied = !(await remove(marks.map(versionOf)))
  }
  const left = denied
    ? (await Array.fromAsync(listKeys(client, bucket, prefix))).length
    : (await versionsBelow(client, bucket, prefix)).versions.length
  return {
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
    uploads: uploads.length,
    left: left + (await openUploads(client, bucket, prefix)).length,
    ...(denied ? { versionsKept: true } : {}),
  }
}

interface Removed {
  readonly name: string
  readonly versionId?: string
}

/** A version that stands for the object itself: S3 calls it `null`. */
function isUnversioned({ versionId, isMarker }: StoredVersion): boolean {
  return !isMarker && (versionId === undefined || versionId === 'null')
}

function versionOf({ key, versionId }: StoredVersion): Removed {
  return { name: key, ...(versionId === undefined ? {} : { versionId }) }
}

/** @returns whether we were allowed to; any other refusal is an error */
async function removeSome(
  client: Client,
  bucket: string,
  prefix: string,
  entries: readonly Removed[],
): Promise<boolean> {
  let allowed = true
  for (let first = 0; first < entries.length; first += mostAtOnce) {
    const answer = await client.removeObjects(bucket, entries.slice(first, first + mostAtOnce))
    for (const refusal of answer.map(refusalIn)) {
      if (refusal === undefined) continue
      if (!refusal.startsWith('AccessDenied') || entries[0]?.versionId === undefined)
        throw new Error(`the object store did not remove what is below ${prefix}: ${refusal}`)
      allowed = false
    }
  }
  return allowed
}

/** What an entry of minio-js's answer to `removeObjects` says; its types put the fields below `Error`, where they are not (seen with 8.0.7). */
export function refusalIn(entry: unknown): string | undefined {
  const error = typeof entry === 'object' && entry !== null && 'Error' in entry ? entry.Error : entry
  if (typeof error !== 'object' || error === null || !('Code' in error)) return undefined
  return [error.Code, 'Key' in error ? error.Key : undefined].filter((part) => typeof part === 'string').join(': ')
}

interface Below {
  readonly versions: readonly StoredVersion[]
  /** Whether earlier versions may be there that we are not allowed to see. */
  readonly unseen: boolean
}

/**
 * Every version below a prefix. A service that knows no versions says so; its objects are listed then. So are they where our key may not
 * list versions: a result must go all the same, and the caller is told.
 */
async function versionsBelow(client: Client, bucket: string, prefix: string): Promise<Below> {
  try {
    const versions = await Array.fromAsync(listVersions(client, bucket, prefix))
    // versitygw 1.8 begins a page with the last version of the page before.
    const once = new Map(versions.map((version) => [`${version.key}\n${version.versionId ?? ''}`, version]))
    return { versions: [...once.values()], unseen: false }
  } catch (error) {
    if (!(error instanceof S3Error) || !(isUnknown(error) || error.code === 'AccessDenied')) throw error
    const objects = await Array.fromAsync(listKeys(client, bucket, prefix))
    return { versions: objects.map((object) => ({ ...object, isMarker: false })), unseen: !isUnknown(error) }
  }
}

function isUnknown({ code }: S3Error): boolean {
  return code === 'NotImplemented' || code === 'MethodNotAllowed'
}
