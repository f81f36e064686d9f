import type { Client } from 'minio'
import { z } from 'zod'
import { secretsOfTests } from './known-secrets.ts'
import { type KnownSecret, leaksIn } from './leaks.ts'

/** How much of an object is looked at, and of all of a bucket: the small ones (logs, manifests, anchors) first. Bytes. */
const mostOfOne = 2 ** 20
const mostOfAll = 32 * 2 ** 20
/** Objects that are read at the same time. */
const atOnce = 4

const itemSchema = z.object({ name: z.string(), size: z.number() })

/**
 * Which secrets lie in a bucket, in names of objects or in what they hold: one line for each. Asked before a bucket of a test is removed.
 * @param more secrets beside those that every test's service has
 */
export async function leaksInBucket(
  client: Client,
  bucket: string,
  more: readonly KnownSecret[] = [],
): Promise<readonly string[]> {
  const secrets = [...secretsOfTests, ...more]
  const items = (await Array.fromAsync(client.listObjectsV2(bucket, '', true))).map((item) => itemSchema.parse(item))
  const leaks = items.flatMap(({ name }) => leaksIn(`the name of an object of ${bucket}`, name, secrets))
  let left = mostOfAll
  const read = items
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => a.size - b.size)
    .filter(({ size }) => (left -= Math.min(size, mostOfOne)) >= 0)
  while (read.length > 0) {
    const found = read.splice(0, atOnce).map(async ({ name, size }) => {
      const body = await client.getPartialObject(bucket, name, 0, Math.min(size, mostOfOne))
      const text = Buffer.concat(await Array.fromAsync<Buffer>(body)).toString('latin1')
      return leaksIn(`${bucket}/${name}`, text, secrets)
    })
    leaks.push(...(await Promise.all(found)).flat())
  }
  return leaks
}
