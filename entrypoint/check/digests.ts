import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { inParallel } from '../../sidecar/parallel.ts'
import type { Finding } from './finding.ts'
import type { ReceptionRow, ResultRow } from './read-rows.ts'
import type { CheckParts, Sight } from './sight.ts'

const filesSchema = z.object({ files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })) })
/** Largest manifest that is compared, in bytes. */
const longestManifest = 64 * 2 ** 20
/** Results, and receptions, that are read at a time. */
const atOnce = 4

/**
 * Reads every byte of every result that is kept, and holds it against its manifest; the manifest against the one on record. Of receptions, holds
 * every file against what the record says of it.
 */
export async function checkDigests({ objects }: CheckParts, { contents }: Sight): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const read = async (result: ResultRow): Promise<void> => {
    if (result.removed_at !== null) return
    const wrong = await wrongBytes(objects, result)
    if (wrong === undefined) return
    const { job_id: jobId } = result
    findings.push({
      rule: 'broken-result',
      about: jobId,
      message: `The result of the job ${jobId} is not what was registered: ${wrong}.`,
    })
  }
  const readReceived = async ({ id, state, content }: ReceptionRow): Promise<void> => {
    if (state !== 'received' || content === undefined) return
    const wrong = await wrongFile(objects, `received/${id}/${content.folder}`, content.files)
    if (wrong === undefined) return
    const message = `The files of the reception ${id} are not what was received: ${wrong}.`
    findings.push({ rule: 'broken-reception', about: id, message })
  }
  await inParallel(contents.results.values(), atOnce, new AbortController().signal, read)
  await inParallel(contents.receptions.values(), atOnce, new AbortController().signal, readReceived)
  return findings
}

async function wrongBytes(objects: CheckParts['objects'], result: ResultRow): Promise<string | undefined> {
  const prefix = `jobs/${result.job_id}/attempts/${result.attempt}/`
  const text = await textOf(objects, `${prefix}manifest.json`)
  if (text === undefined) return 'its manifest cannot be read'
  if (!isSameManifest(text, result.manifest)) return 'its manifest is another one'
  return wrongFile(objects, `${prefix}files/`, result.manifest.files)
}

async function wrongFile(
  objects: CheckParts['objects'],
  folder: string,
  files: ResultRow['manifest']['files'],
): Promise<string | undefined> {
  for (const { path, sha256 } of files) {
    const body = await objects.open(folder + path)
    if (body === undefined) return `${path} is missing`
    const hash = createHash('sha256')
    for await (const chunk of body) hash.update(chunk)
    if (hash.digest('hex') !== sha256) return `${path} has another SHA-256`
  }
  return undefined
}

function isSameManifest(text: string, registered: ResultRow['manifest']): boolean {
  try {
    return isDeepStrictEqual(filesSchema.parse(JSON.parse(text)).files, registered.files)
  } catch {
    return false // it is no manifest at all
  }
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
