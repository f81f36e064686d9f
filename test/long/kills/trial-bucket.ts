import { randomBytes } from 'node:crypto'
import { Client } from 'minio'
import { z } from 'zod'
import { leaksInBucket } from '../../support/bucket-leaks.ts'
import { noLeaks } from '../../support/leaks.ts'
import type { Testbed } from '../../support/testbed.ts'

const itemSchema = z.object({ name: z.string() })

/** Makes a bucket that goes with all that is in it. */
export async function makeBucket(
  objectStore: Testbed['objectStore'],
): Promise<{ readonly name: string; remove(): Promise<void> }> {
  const { hostname, port, protocol } = new URL(objectStore.endpoint)
  const client = new Client({
    endPoint: hostname,
    useSSL: protocol === 'https:',
    accessKey: objectStore.accessKey,
    secretKey: objectStore.secretKey,
    ...(port === '' ? {} : { port: Number(port) }),
  })
  const name = `trial-${randomBytes(4).toString('hex')}`
  await client.makeBucket(name)
  return {
    name,
    async remove() {
      const items = await Array.fromAsync(client.listObjectsV2(name, '', true))
      const leaks = await leaksInBucket(client, name, [
        { name: 'the secret key of the object store', value: objectStore.secretKey },
      ])
      const keys = items.map((item) => itemSchema.parse(item).name)
      if (keys.length > 0) await client.removeObjects(name, keys)
      for await (const upload of client.listIncompleteUploads(name, '', true))
        await client.removeIncompleteUpload(name, z.object({ key: z.string() }).parse(upload).key)
      await client.removeBucket(name)
      noLeaks(leaks)
    },
  }
}
