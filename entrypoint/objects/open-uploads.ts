import { setTimeout as pause } from 'node:timers/promises'
import { type Client, S3Error } from 'minio'

/** Pause before it is looked whether an upload that was given up is gone. Milliseconds. */
const againMs = 200
/** How long uploads of a broken stream are given up again and again. Milliseconds. */
const goneMs = 5_000

/** An upload in parts that nobody has finished. */
export interface OpenUpload {
  readonly key: string
  readonly uploadId: string
}

/**
 * Uploads in parts below a prefix, as a killed sidecar leaves them. MinIO finds them by whole key or in the whole bucket only. Uploads of
 * others come and go while it is read: minio-js's own list asks for the parts of each, and fails where one was finished in between.
 */
export async function openUploads(client: Client, bucket: string, prefix: string): Promise<readonly OpenUpload[]> {
  const found: OpenUpload[] = []
  for (let [keyMarker, idMarker] = ['', '']; ; ) {
    const page = await client.listIncompleteUploadsQuery(bucket, '', keyMarker, idMarker, '')
    for (const { key, uploadId } of page.uploads) if (key.startsWith(prefix)) found.push({ key, uploadId })
    if (!page.isTruncated) return found
    ;[keyMarker, idMarker] = [page.nextKeyMarker, page.nextUploadIdMarker]
  }
}

/** Gives uploads up. One that is gone already is no error. */
export async function abandonUploads(client: Client, bucket: string, uploads: readonly OpenUpload[]): Promise<void> {
  for (const { key, uploadId } of uploads) {
    try {
      await client.abortMultipartUpload(bucket, key, uploadId)
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== 'NoSuchUpload') throw error
    }
  }
}

/**
 * Gives up what a broken stream left of an object, until nothing of it is there: some stores keep a part that was on its way although its
 * upload was aborted (S3 asks to abort again; versitygw keeps it). Uploads of the same object that began
 * since are somebody else's. Best effort: the store expires the rest.
 */
export async function abandonBroken(client: Client, bucket: string, key: string): Promise<void> {
  const lastAt = performance.now() + goneMs
  const of = async () => (await openUploads(client, bucket, key)).filter((upload) => upload.key === key)
  try {
    const broken = await of()
    for (let left = broken; left.length > 0 && performance.now() < lastAt; ) {
      await abandonUploads(client, bucket, left)
      await pause(againMs)
      const open = await of()
      left = broken.filter(({ uploadId }) => open.some((one) => one.uploadId === uploadId))
    }
  } catch {
    // The error of the stream itself is the one to tell.
  }
}
