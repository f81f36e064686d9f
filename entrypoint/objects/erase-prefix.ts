import { type Client, S3Error } from 'minio'
import type { Erasure } from '../../core/audit/of-result.ts'
import { listKeys } from './list-keys.ts'
import { listVersions, type StoredVersion } from './list-versions.ts'

/** Most that one request removes (DeleteObjects). */
const mostAtOnce = 1000

/**
 * Removes everything below a prefix for good and looks again: objects with every version and delete marker, and uploads in parts that
 * nobody finished. On a bucket without versions each object is its only version.
 */
export async function erasePrefix(client: Client, bucket: string, prefix: string): Promise<Erasure> {
  const { versions: found, unseen } = await versionsBelow(client, bucket, prefix)
  const uploads = await uploadsBelow(client, bucket, prefix)
  for (let first = 0; first < found.length; first += mostAtOnce) {
    const answer = await client.removeObjects(
      bucket,
      found
        .slice(first, first + mostAtOnce)
        .map(({ key, versionId }) => ({ name: key, ...(versionId === undefined ? {} : { versionId }) })),
    )
    const refusal = answer.map(refusalIn).find((one) => one !== undefined)
    if (refusal !== undefined) throw new Error(`the object store did not remove what is below ${prefix}: ${refusal}`)
  }
  for (const key of uploads) await client.removeIncompleteUpload(bucket, key)
  const objects = found.filter(({ isMarker }) => !isMarker)
  const left =
    (await versionsBelow(client, bucket, prefix)).versions.length + (await uploadsBelow(client, bucket, prefix)).length
  return {
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
    uploads: uploads.length,
    left,
    ...(unseen ? { versionsUnseen: true } : {}),
  }
}

/** Keys of uploads in parts below a prefix, as a killed sidecar leaves them. MinIO finds them by whole key or in the whole bucket only. */
export async function uploadsBelow(client: Client, bucket: string, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const item of client.listIncompleteUploads(bucket, '', true)) {
    const name = nameOf(item)
    if (name?.startsWith(prefix) === true) keys.push(name)
  }
  return keys
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

function nameOf(upload: unknown): string | undefined {
  if (typeof upload !== 'object' || upload === null || !('key' in upload)) return undefined
  return typeof upload.key === 'string' ? upload.key : undefined
}
