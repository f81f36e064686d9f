import { crash } from '../../core/crash-point.ts'
import { filesFolder, receivedManifestKey, receptionPrefix } from '../../core/reception/names.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { collidingPath, pathProblem } from '../../core/result/paths.ts'
import { continuedBody } from './continued-body.ts'
import { below, type Fetch, type Fetched, tooLarge } from './fetch.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'
import { storeFile } from './store-file.ts'

/** How often a file is fetched that arrives as another one. */
const mostFileTries = 3

/** Files whose sizes and digests are known beforehand. */
export async function fetchListed(
  parts: ReceivingParts,
  fetch: Fetch,
  text: string | undefined,
  files: readonly ResultFile[],
  verifiedBy: 'manifest' | 'listing',
): Promise<Fetched> {
  const { objects, rules } = parts
  const { receptionId, client, source, signal } = fetch
  const problem = files.map(({ path }) => pathProblem(path)).find((one) => one !== undefined)
  const twice = collidingPath(files.map(({ path }) => path))
  if (problem !== undefined || twice !== undefined) {
    const message = `The provider lists files that cannot be kept: ${problem ?? `${twice} stands twice`}.`
    throw new ReceptionRefusal('invalid-manifest', message)
  }
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  if (totalBytes > rules.maximumBytes) throw tooLarge(totalBytes, rules.maximumBytes)
  const prefix = receptionPrefix(receptionId) + filesFolder
  const described = text ?? JSON.stringify({ files, totalBytes })
  const there = await keptBefore(parts, receptionId, described)
  for (const file of files) {
    signal.throwIfAborted()
    if (there.get(prefix + file.path) === file.size) continue
    const url = below(source.endpoint, `files/${file.path.split('/').map(encodeURIComponent).join('/')}`)
    for (let tries = 1; ; tries += 1) {
      try {
        const body = continuedBody(client, { url, size: file.size, checked: true, signal })
        await storeFile(objects, prefix + file.path, body, file, file.size)
        crash('file-fetched')
        fetch.stored()
        break
      } catch (error) {
        const changed = error instanceof ReceptionRefusal && error.failure.cause === 'wrong-content'
        if (!changed || tries >= mostFileTries) throw error
      }
    }
  }
  return { outcome: 'received', content: { files, totalBytes, folder: filesFolder, verifiedBy } }
}

/**
 * What an earlier try left, by key with its size; every one of them was verified before it came into being. What the manifest before
 * this one named is not believed, and goes.
 */
async function keptBefore(
  { objects }: ReceivingParts,
  receptionId: string,
  described: string,
): Promise<ReadonlyMap<string, number>> {
  const key = receivedManifestKey(receptionId)
  const before = await objects.open(key)
  if (before === undefined || Buffer.concat(await Array.fromAsync(before)).toString('utf8') !== described) {
    await objects.removeAll(receptionPrefix(receptionId))
    await objects.put(key, described, 'application/json')
    return new Map()
  }
  const there = new Map<string, number>()
  for await (const { key: one, size } of objects.list(receptionPrefix(receptionId))) there.set(one, size)
  return there
}
