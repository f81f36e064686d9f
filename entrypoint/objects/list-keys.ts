import type { Client } from 'minio'
import type { StoredObject } from '../../core/ports/object-store.ts'
import { tag } from '../../sidecar/store/s3-answer.ts'

/** Longest answer with a thousand keys (S3 lists no more at once), in bytes; keys have at most 1,024. */
const longestAnswer = 4 * 2 ** 20

/**
 * Every object below a prefix, in order of keys (ListObjectsV2). minio-js asks for keys in URL encoding and decodes them whatever
 * the answer says; versitygw 1.8 answers them as they are, and `+` would become a blank. So we ask for them as they are.
 */
export async function* listKeys(client: Client, bucket: string, prefix: string): AsyncGenerator<StoredObject> {
  let token: string | undefined
  do {
    const continued = token === undefined ? '' : `continuation-token=${encodeURIComponent(token)}&`
    const query = `${continued}list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}`
    const page = await textOf(await client.makeRequestAsync({ method: 'GET', bucketName: bucket, query }))
    for (const [, contents = ''] of page.matchAll(/<Contents>([^]*?)<\/Contents>/g)) {
      const key = tag(contents, 'Key')
      if (key !== undefined) yield { key, size: Number(tag(contents, 'Size') ?? 0) }
    }
    token = tag(page, 'IsTruncated') === 'true' ? tag(page, 'NextContinuationToken') : undefined
  } while (token !== undefined)
}

/** A listing as text. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > longestAnswer) throw new Error('the object store answered a listing that is far too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
