import { type Client, S3Error } from 'minio'

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
