import { createHash } from 'node:crypto'
import { manifestKey } from '../../core/job/names.ts'
import type { ResultManifest } from '../../core/result/manifest.ts'
import { SidecarFailure } from '../failure.ts'
import type { Progress } from '../progress.ts'
import { type RetryRules, withRetries } from '../retry.ts'
import { type SidecarStore, StoreRefusal } from '../store/store.ts'

/**
 * Writes the manifest, the last object of a result, where there is none. If there is one:
 * - the same, byte for byte: this upload was done before (or its answer was lost), and all is well;
 * - another: a second run of this attempt got there first. Its result stands, and this upload fails;
 * - not to be read with our credentials: it counts as ours if an answer to us was lost, since then that is what happened, else as
 *   another's. Either way the service reads the manifest and checks every file before it registers anything.
 */
export async function publishManifest(
  store: SidecarStore,
  manifest: ResultManifest,
  retries: RetryRules,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const key = manifestKey(manifest)
  const body = Buffer.from(JSON.stringify(manifest))
  const sha256 = createHash('sha256').update(body).digest('hex')
  const outcome = await store.create({ key, body, sha256, mediaType: 'application/json' }, signal)
  if (outcome === 'created') return
  const there = await withRetries(async () => await hashOf(store, key, body.byteLength, signal), retries, signal)
  if (there === sha256) {
    progress('the same manifest was there already')
    return
  }
  if (there === 'unreadable' && outcome === 'exists-unclear') {
    progress('a manifest is there after an answer of the store was lost: taken for ours')
    return
  }
  const known = there === 'unreadable' ? 'and may not be read with these credentials' : 'with other contents'
  throw new SidecarFailure(
    'upload-failed',
    `The object store has a manifest of attempt ${manifest.attempt} already, ${known}: another run of the same attempt was faster. Its result stands; look whether two pods of one attempt ran.`,
  )
}

/** SHA-256 of an object; `longer` where it has more bytes than we would compare. */
async function hashOf(store: SidecarStore, key: string, length: number, signal: AbortSignal): Promise<string> {
  try {
    const there = await store.read({ key }, signal)
    const hash = createHash('sha256')
    let read = 0
    try {
      for await (const chunk of there.body) {
        read += chunk.byteLength
        if (read > length) return 'longer'
        hash.update(chunk)
      }
      return hash.digest('hex')
    } finally {
      there.close()
    }
  } catch (error) {
    if (error instanceof StoreRefusal) return 'unreadable'
    throw error
  }
}
