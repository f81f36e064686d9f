import { z } from 'zod'
import type { ChainPlace } from '../../core/audit/chain.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'

/** Where the anchors lie in the object store. */
const anchorPrefix = 'audit/anchors/'
/** Most anchors that are read: more than a year of hours. */
const mostAnchors = 10_000
/** An anchor is a line of some hundred bytes; more is none of ours. */
const longestAnchor = 4_096

const anchorSchema = z.object({ sequence: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/) })

/**
 * Puts the end of the log into the object store: who can change the database alone cannot change what was anchored there. A bucket with
 * object lock keeps them from everybody.
 */
export async function writeAnchor(objects: Pick<ObjectStore, 'put'>, { sequence, hash }: ChainPlace): Promise<void> {
  const key = `${anchorPrefix}${String(sequence).padStart(16, '0')}.json`
  await objects.put(key, `${JSON.stringify({ sequence, hash })}\n`, 'application/json')
}

/** Every anchor there is, by sequence. One that cannot be read is an error: somebody changed it. */
export async function readAnchors(objects: Pick<ObjectStore, 'list' | 'open'>): Promise<ReadonlyMap<number, string>> {
  const keys: string[] = []
  for await (const { key } of objects.list(anchorPrefix)) keys.push(key)
  const anchors = new Map<number, string>()
  for (const key of keys.slice(-mostAnchors)) {
    const { sequence, hash } = anchorSchema.parse(JSON.parse(await textOf(objects, key)))
    anchors.set(sequence, hash)
  }
  return anchors
}

async function textOf(objects: Pick<ObjectStore, 'open'>, key: string): Promise<string> {
  const body = await objects.open(key, { start: 0, end: longestAnchor - 1 })
  if (body === undefined) throw new Error(`the anchor ${key} vanished while it was read`)
  return Buffer.concat(await Array.fromAsync(body)).toString('utf8')
}
