import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Finding } from './finding.ts'
import type { ResultRow } from './read-rows.ts'
import type { CheckParts, Sight } from './sight.ts'

/** Largest manifest that is compared, in bytes. */
const longestManifest = 64 * 2 ** 20

/** Reads every byte of every result that is kept, and holds it against its manifest; the manifest against the one on record. */
export async function checkDigests({ objects }: CheckParts, { contents }: Sight): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const result of contents.results.values()) {
    if (result.removed_at !== null) continue
    const wrong = await wrongBytes(objects, result)
    if (wrong === undefined) continue
    const { job_id: jobId } = result
    findings.push({
      rule: 'broken-result',
      about: jobId,
      message: `The result of the job ${jobId} is not what was registered: ${wrong}.`,
    })
  }
  return findings
}

async function wrongBytes(objects: CheckParts['objects'], result: ResultRow): Promise<string | undefined> {
  const prefix = `jobs/${result.job_id}/attempts/${result.attempt}/`
  const text = await textOf(objects, `${prefix}manifest.json`)
  if (text === undefined) return 'its manifest cannot be read'
  if (!isSameManifest(text, result.manifest)) return 'its manifest is another one'
  for (const { path, sha256 } of result.manifest.files) {
    const body = await objects.open(`${prefix}files/${path}`)
    if (body === undefined) return `${path} is missing`
    const hash = createHash('sha256')
    for await (const chunk of body) hash.update(chunk)
    if (hash.digest('hex') !== sha256) return `${path} has another SHA-256`
  }
  return undefined
}

function isSameManifest(text: string, registered: ResultRow['manifest']): boolean {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch {
    return false
  }
  if (typeof stored !== 'object' || stored === null || !('files' in stored) || !Array.isArray(stored.files))
    return false
  const named = (files: readonly unknown[]): readonly unknown[] =>
    files.map((file) => {
      const { path, size, sha256 }: Record<string, unknown> = { path: '', size: -1, sha256: '', ...(file as object) }
      return { path, size, sha256 }
    })
  return isDeepStrictEqual(named(stored.files), named(registered.files))
}

async function textOf(objects: CheckParts['objects'], key: string): Promise<string | undefined> {
  const body = await objects.open(key)
  if (body === undefined) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > longestManifest) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
