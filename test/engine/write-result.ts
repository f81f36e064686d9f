import { createHash } from 'node:crypto'
import { type AttemptRef, filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { buildManifest, type ResultManifest } from '../../core/result/manifest.ts'

/** Text of each file of a result, by path. */
export type Files = Readonly<Record<string, string>>

/** The result that attempts store where a test does not say otherwise: it tells which attempt made it. */
export function usualFiles(ref: AttemptRef): Files {
  return { 'sum.txt': `the sum of attempt ${ref.attempt}\n`, 'plots/loss.svg': '<svg/>' }
}

/** The manifest of files as the sidecar would write it. */
export function manifestOf(ref: AttemptRef, files: Files): ResultManifest {
  return buildManifest(
    ref.jobId,
    ref.attempt,
    Object.entries(files).map(([path, text]) => ({ path, size: Buffer.byteLength(text), sha256: sha256(text) })),
  )
}

/**
 * Stores a result as the data sidecar does: the files, then the manifest, which is only ever created.
 * @returns false where there is a manifest already
 */
export async function writeResult(
  objects: ObjectStore,
  ref: AttemptRef,
  files: Files,
  manifest: ResultManifest = manifestOf(ref, files),
): Promise<boolean> {
  for (const [path, text] of Object.entries(files)) await objects.put(filesPrefix(ref) + path, text, 'text/plain')
  if ((await objects.head(manifestKey(ref))) !== undefined) return false
  await objects.put(manifestKey(ref), JSON.stringify(manifest), 'application/json')
  return true
}

/** Text of an object, `undefined` where there is none. */
export async function readObject(objects: ObjectStore, key: string): Promise<string | undefined> {
  const body = await objects.open(key)
  if (body === undefined) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** SHA-256 of a text, 64 hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
