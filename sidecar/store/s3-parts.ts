import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { letArrive } from '../let-arrive.ts'
import { tag } from './s3-answer.ts'
import type { S3Call } from './s3.ts'
import { PartsLost, type PartUpload, StoreRefusal } from './store.ts'

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** Putting many parts together takes a store a while, in which nothing moves on the connection. */
const completeIdleMs = 300_000
/** An abort that the store does not answer must not hold up the end of the sidecar. Milliseconds. */
const abortMs = 5000
/** Pauses before an upload is aborted again. Milliseconds. */
const againMs = [100, 200, 400, 800]

/**
 * Begins a multipart upload. Each part carries its CRC-32, which the store compares with what arrived; the signature covers the
 * checksum. docs/decisions/0002-sidecar-s3-client.md has the measurement that chose it over SHA-256.
 */
export async function startS3Parts(
  call: S3Call,
  key: string,
  mediaType: string | undefined,
  signal: AbortSignal,
): Promise<PartUpload> {
  signal.throwIfAborted()
  const arriving = letArrive(signal)
  const begun = await call(
    {
      method: 'POST',
      key,
      query: { uploads: '' },
      headers: { 'content-type': mediaType ?? 'application/octet-stream', 'x-amz-checksum-algorithm': 'CRC32' },
      payloadHash: emptyHash,
    },
    arriving.signal,
  ).finally(() => arriving.end())
  const uploadId = tag(begun.text, 'UploadId')
  if (uploadId === undefined) throw new StoreRefusal('NoUploadId', 'the object store began an upload without naming it')
  const parts = new Map<number, string>()
  const upload: PartUpload = {
    async put(number, bytes, partSignal) {
      const checksum = crc32Base64(bytes)
      const answer = await known(
        call(
          {
            method: 'PUT',
            key,
            query: { partNumber: String(number), uploadId },
            headers: { 'x-amz-checksum-crc32': checksum },
            body: bytes,
            payloadHash: 'UNSIGNED-PAYLOAD',
          },
          partSignal,
        ),
      )
      if (answer.etag === undefined) throw new StoreRefusal('NoETag', 'the object store took a part without naming it')
      parts.set(
        number,
        `<Part><PartNumber>${number}</PartNumber><ETag>${answer.etag}</ETag><ChecksumCRC32>${checksum}</ChecksumCRC32></Part>`,
      )
    },
    async complete(completeSignal) {
      const inOrder = [...parts].toSorted(([a], [b]) => a - b).map(([, part]) => part)
      const body = Buffer.from(`<CompleteMultipartUpload>${inOrder.join('')}</CompleteMultipartUpload>`)
      await known(
        call(
          { method: 'POST', key, query: { uploadId }, body, payloadHash: 'UNSIGNED-PAYLOAD', idleMs: completeIdleMs },
          completeSignal,
        ),
      )
    },
    async abort() {
      const late = AbortSignal.timeout(abortMs)
      let gone = 0
      try {
        // A part that was under way may be kept though its upload was aborted: S3 asks to abort again until there is none. (versitygw keeps it.)
        for (const pauseMs of [0, ...againMs]) {
          await pause(pauseMs, undefined, { signal: late })
          try {
            await call({ method: 'DELETE', key, query: { uploadId }, payloadHash: emptyHash }, late)
          } catch (error) {
            if (!(error instanceof StoreRefusal) || error.code !== 'NoSuchUpload') throw error
            if ((gone += 1) === 2) return
          }
        }
      } catch {
        // The store removes forgotten parts by itself (MinIO: after a day); there is nobody to tell.
      }
    },
  }
  if (signal.aborted) await upload.abort()
  signal.throwIfAborted()
  return upload
}

async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof StoreRefusal && error.code === 'NoSuchUpload') throw new PartsLost(error.message)
    throw error
  }
}

/** The checksum of a part as S3 wants it: big-endian in base64. */
function crc32Base64(bytes: Uint8Array): string {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(crc32(bytes))
  return buffer.toString('base64')
}
