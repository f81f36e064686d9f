import { hash } from 'node:crypto'
import { filesPrefix } from '../../core/job/names.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { inParallel } from '../../sidecar/parallel.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { startS3Parts } from '../../sidecar/store/s3-parts.ts'
import type { S3Call } from '../../sidecar/store/s3.ts'
import { maximumParts, PartsLost, partSize, StoreRefusal } from '../../sidecar/store/store.ts'
import { BufferPool } from '../../sidecar/upload/buffer-pool.ts'
import type { S3Destination } from './destination.ts'
import { filesAtOnce, type PushTask } from './push-task.ts'
import { verifiedFile } from './read-result.ts'
import { manifestBytes, manifestName } from './result-layout.ts'
import { type Bucket, bucketOf, digestHeader } from './s3-call.ts'
import { meaningOf } from './s3-refusal.ts'
import { sendParts } from './send-parts.ts'

/** Files from this size on are looked for before they are sent again; asking costs as much as sending a small one. Bytes. */
const worthAsking = 1024 * 1024
/** How often a file is begun anew when the service lost its parts. */
const partsTries = 3

/**
 * Puts a result into a consumer's bucket, every file under its path below the destination's prefix (a sole file under the destination's
 * object name, where it has one), and the manifest when all of them are there. What an earlier push left whole is not sent again.
 * @throws DestinationRefusal, ResultUnreadable, TransientError
 */
export async function pushToS3(task: PushTask, destination: S3Destination): Promise<void> {
  const { files } = task.result.manifest
  const bucket = bucketOf(task, destination)
  const size = partSizeFor(Math.max(0, ...files.map((file) => file.size)))
  const pool = new BufferPool(Math.max(1, Math.floor((filesAtOnce * partSize) / size)), size)
  const { objectName } = destination
  const sole = files.length === 1 ? objectName : undefined
  try {
    await inParallel(files, filesAtOnce, task.signal, async (file, signal) => {
      const key = destination.prefix + (sole ?? file.path)
      await putFile({ task, bucket, pool, partBytes: size }, file, key, signal)
    })
    const body = manifestBytes(task.result.manifest)
    const name = sole === undefined ? manifestName(task.result.manifest) : `${sole}.manifest.json`
    await bucket.call(
      putRequest(destination.prefix + name, body, hash('sha256', body, 'hex'), 'application/json'),
      task.signal,
    )
  } catch (error) {
    throw error instanceof StoreRefusal ? meaningOf(error) : error
  }
}

interface Course {
  readonly task: PushTask
  readonly bucket: Bucket
  readonly pool: BufferPool
  /** Size of the pool's buffers and of parts, in bytes. */
  readonly partBytes: number
}

async function putFile(course: Course, file: ResultFile, key: string, signal: AbortSignal): Promise<void> {
  if (file.size >= worthAsking && (await isThere(course.bucket, file, key, signal))) return
  return file.size <= course.partBytes ? putWhole(course, file, key, signal) : putInParts(course, file, key, signal)
}

async function isThere(bucket: Bucket, file: ResultFile, key: string, signal: AbortSignal): Promise<boolean> {
  const there = await bucket.head(key, signal)
  return there?.size === file.size && there.sha256 === file.sha256
}

async function putWhole(
  { task, bucket, pool }: Course,
  file: ResultFile,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const buffer = await pool.take(signal)
  try {
    let filled = 0
    for await (const chunk of verifiedFile(task.objects, sourceKey(task, file), file, signal)) {
      buffer.set(chunk, filled)
      filled += chunk.byteLength
    }
    await bucket.call(putRequest(key, buffer.subarray(0, filled), file.sha256, file.mediaType), signal)
  } finally {
    pool.give(buffer)
  }
}

async function putInParts(course: Course, file: ResultFile, key: string, signal: AbortSignal): Promise<void> {
  const { task, bucket, pool, partBytes } = course
  for (let tried = 1; ; tried++) {
    const parts = await startS3Parts(keepingDigest(bucket.call, file.sha256), key, file.mediaType, signal)
    try {
      // The last part goes only after the digest of the whole is known to be right.
      await sendParts(parts, verifiedFile(task.objects, sourceKey(task, file), file, signal), pool, partBytes, signal)
      await parts.complete(signal)
      return
    } catch (error) {
      await parts.abort()
      if (!(error instanceof PartsLost)) throw error
      // They are complete, and the answer to that was lost; or the service forgot them.
      if (await isThere(bucket, file, key, signal)) return
      if (tried === partsTries)
        throw new TransientError('the S3 service loses the parts of an upload', { cause: error })
    }
  }
}

/** What is begun with a digest has it when it is complete. */
function keepingDigest(call: S3Call, sha256: string): S3Call {
  return (request, signal) =>
    request.query?.['uploads'] === undefined
      ? call(request, signal)
      : call({ ...request, headers: { ...request.headers, [digestHeader]: sha256 } }, signal)
}

function putRequest(key: string, body: Uint8Array, sha256: string, mediaType = 'application/octet-stream') {
  return {
    method: 'PUT' as const,
    key,
    headers: { 'content-type': mediaType, [digestHeader]: sha256 },
    body,
    payloadHash: sha256,
  }
}

function sourceKey({ result }: PushTask, { path }: ResultFile): string {
  return filesPrefix(result) + path
}

/** S3 takes at most 10,000 parts of one object. @returns bytes, whole MiB */
function partSizeFor(size: number): number {
  return Math.max(partSize, Math.ceil(size / maximumParts / 2 ** 20) * 2 ** 20)
}
