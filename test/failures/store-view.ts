import { Client } from 'minio'
import { leaksInBucket } from '../support/bucket-leaks.ts'
import { noLeaks } from '../support/leaks.ts'
import type { Testbed } from '../support/testbed.ts'

/** A bucket as an independent client sees it. */
export interface StoreView {
  /** Every key below a prefix. */
  keys(prefix: string): Promise<readonly string[]>
  /** Bytes of an object. */
  read(key: string): Promise<Buffer>
  /** Uploads of one key that were begun and neither finished nor given up. (MinIO lists them by whole keys only.) */
  unfinished(key: string): Promise<readonly string[]>
  /** Removes the bucket with all that is in it. Throws where a secret, or a canary, stood in the name of an object, or in what it holds. */
  remove(): Promise<void>
}

/** Looks at a bucket; it need not exist yet. */
export function viewStore({ endpoint, accessKey, secretKey }: Testbed['objectStore'], bucket: string): StoreView {
  const { hostname, port } = new URL(endpoint)
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  async function keys(prefix: string): Promise<readonly string[]> {
    const found: string[] = []
    for await (const item of client.listObjectsV2(bucket, prefix, true)) found.push(String(item.name))
    return found
  }
  return {
    keys,
    async read(key) {
      const chunks: Buffer[] = []
      for await (const chunk of await client.getObject(bucket, key)) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
    async unfinished(key) {
      const found: string[] = []
      for await (const upload of client.listIncompleteUploads(bucket, key, true)) found.push(String(upload.key))
      return found
    },
    async remove() {
      if (!(await client.bucketExists(bucket))) return
      const leaks = await leaksInBucket(client, bucket, [
        { name: 'the secret key of the object store', value: secretKey },
      ])
      await client.removeObjects(bucket, [...(await keys(''))])
      await client.removeBucket(bucket)
      noLeaks(leaks)
    },
  }
}
