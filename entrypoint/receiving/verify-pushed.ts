import { createHash } from 'node:crypto'
import { receptionPrefix } from '../../core/reception/names.ts'
import type { ReceivedContent } from '../../core/reception/reception.ts'
import { parseManifest, type ResultFile, type ResultManifest } from '../../core/result/manifest.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { manifestName } from '../push/result-layout.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'

/** Longest manifest that is read, in bytes. */
const longestManifest = 32 * 2 ** 20
/** A name that a manifest may have beside files of which one is called like it. */
const manifestLike = /^_{0,64}manifest\.json$/

/**
 * Looks at what a provider wrote into our storage and said to be done with: every file of the manifest must be there in its size, with its
 * SHA-256. Without a manifest, what lies there is taken as it is, where the settings allow it.
 * @throws ReceptionRefusal
 */
export async function verifyPushed(
  parts: ReceivingParts,
  receptionId: string,
  signal: AbortSignal,
): Promise<ReceivedContent> {
  const { objects, rules } = parts
  const prefix = receptionPrefix(receptionId)
  const there = new Map<string, number>()
  let bytes = 0
  for await (const { key, size } of objects.list(prefix)) {
    there.set(key.slice(prefix.length), size)
    bytes += size
    if (bytes > rules.maximumBytes) {
      const message = `The provider wrote more than ${rules.maximumBytes} bytes, the most that is taken.`
      throw new ReceptionRefusal('too-large', message)
    }
  }
  const manifest = await manifestAmong(parts, prefix, there)
  if (manifest === undefined && rules.manifest === 'required')
    throw new ReceptionRefusal('no-manifest', 'The provider wrote no manifest.json.')
  if (manifest === undefined) return unverified(parts, prefix, there, signal)
  const folder = folderOf(manifest, there)
  for (const file of manifest.files) {
    const size = there.get(folder + file.path)
    if (size === undefined)
      throw new ReceptionRefusal('incomplete', `${file.path} is missing, which the manifest names.`)
    if (size !== file.size) {
      const message = `${file.path} has ${size} bytes; the manifest says ${file.size}.`
      throw new ReceptionRefusal('wrong-content', message)
    }
    if ((await digestOf(parts, prefix + folder + file.path, signal)) !== file.sha256) {
      const message = `${file.path} is not the file that the manifest names: its SHA-256 differs.`
      throw new ReceptionRefusal('wrong-content', message)
    }
  }
  return { files: manifest.files, totalBytes: manifest.totalBytes, folder, verifiedBy: 'manifest' }
}

/** The manifest is the one whose name is free beside the files that it names. */
async function manifestAmong(
  { objects }: ReceivingParts,
  prefix: string,
  there: ReadonlyMap<string, number>,
): Promise<ResultManifest | undefined> {
  let problem: string | undefined
  for (const name of [...there.keys()].filter((one) => manifestLike.test(one))) {
    const body = (there.get(name) ?? 0) > longestManifest ? undefined : await objects.open(prefix + name)
    if (body === undefined) continue
    const manifest = parseManifest(Buffer.concat(await Array.fromAsync(body)).toString('utf8'))
    if (typeof manifest === 'string') problem = manifest
    else if (manifestName(manifest) === name) return manifest
  }
  // A result may hold a file of that name; a lone one that cannot be read was meant to be the manifest.
  if (problem === undefined) return undefined
  throw new ReceptionRefusal('invalid-manifest', `The manifest cannot be used: ${problem}.`)
}

/** Files lie beside the manifest, or in a folder `files`, as the result gateway has them. */
function folderOf({ files }: ResultManifest, there: ReadonlyMap<string, number>): string {
  const [first] = files
  return first !== undefined && !there.has(first.path) && there.has(`files/${first.path}`) ? 'files/' : ''
}

async function unverified(
  parts: ReceivingParts,
  prefix: string,
  there: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<ReceivedContent> {
  if (there.size === 0)
    throw new ReceptionRefusal('incomplete', 'The provider says that it is done, and nothing is here.')
  const files: ResultFile[] = []
  for (const [path, size] of there) {
    const problem = pathProblem(path)
    if (problem !== undefined)
      throw new ReceptionRefusal('wrong-content', `The provider wrote an object whose name is no path: ${problem}.`)
    files.push({ path, size, sha256: await digestOf(parts, prefix + path, signal) })
  }
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), totalBytes, folder: '', verifiedBy: 'nothing' }
}

async function digestOf({ objects }: ReceivingParts, key: string, signal: AbortSignal): Promise<string> {
  const body = await objects.open(key)
  if (body === undefined) throw new ReceptionRefusal('incomplete', `${key.split('/').at(-1)} is gone.`)
  const hash = createHash('sha256')
  for await (const chunk of body) {
    signal.throwIfAborted()
    hash.update(chunk)
  }
  return hash.digest('hex')
}
