import { randomBytes } from 'node:crypto'
import { Client } from 'minio'
import { z } from 'zod'
import type { Testbed } from './testbed.ts'

/** A bucket of the benchmark's own. */
export interface Bucket {
  readonly name: string
  /** How many objects lie below a prefix, and their bytes together. */
  sum(prefix: string): Promise<{ readonly objects: number; readonly bytes: number }>
  /** Removes everything below a prefix. */
  empty(prefix: string): Promise<void>
  /** Removes the bucket with all that is in it. */
  remove(): Promise<void>
}

const itemSchema = z.object({ name: z.string(), size: z.number() })

/** A client of the testbed's object store. */
export function storeClient({ endpoint, accessKey, secretKey }: Testbed['objectStore']): Client {
  const { hostname, port, protocol } = new URL(endpoint)
  return new Client({
    endPoint: hostname,
    useSSL: protocol === 'https:',
    accessKey,
    secretKey,
    ...(port === '' ? {} : { port: Number(port) }),
  })
}

/** Makes one. */
export async function makeBucket(objectStore: Testbed['objectStore']): Promise<Bucket> {
  const client = storeClient(objectStore)
  const name = `bench-${randomBytes(4).toString('hex')}`
  await client.makeBucket(name)
  const items = async (prefix: string) =>
    (await Array.fromAsync(client.listObjectsV2(name, prefix, true))).map((item) => itemSchema.parse(item))
  const bucket: Bucket = {
    name,
    async sum(prefix) {
      const found = await items(prefix)
      return { objects: found.length, bytes: found.reduce((total, { size }) => total + size, 0) }
    },
    async empty(prefix) {
      const keys = (await items(prefix)).map((item) => item.name)
      if (keys.length > 0) await client.removeObjects(name, keys)
    },
    async remove() {
      await bucket.empty('')
      await client.removeBucket(name)
    },
  }
  return bucket
}
