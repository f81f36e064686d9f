import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { type Author, service } from '../../core/audit/entry.ts'
import { bundledProblems } from '../../core/asset/bundled-files.ts'
import { maximumDotenvBytes } from '../../core/asset/dotenv.ts'
import { maximumAssetBytes, maximumBundledBytes } from '../../core/asset/limits.ts'
import { type AssetRules, type ReadAsset, readAsset } from '../../core/asset/read.ts'
import { type ReadableAsset, readableAsset } from '../../core/asset/readable.ts'
import { crash } from '../../core/crash-point.ts'
import { type Problem, ServiceError } from '../../core/errors.ts'
import { bundlePrefix } from '../../core/job/names.ts'
import type { BundledInput } from '../../core/job/plan.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { AssetRecord, Store } from '../../core/ports/store.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { type FormPart, readForm } from '../http/read-form.ts'
import { parseAssetDocument } from './parse-document.ts'
import { decodeText, type SentText, tooLargeError } from './sent-text.ts'
import { boundedPatterns } from './bounded-patterns.ts'

/** What registration works with. */
export interface RegisterParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly rules: AssetRules
}

interface Sent {
  asset?: string
  dotenv?: string
  readonly bundled: Record<string, BundledInput>
  /** Names of bundled files that were seen, also of those still on their way. */
  readonly names: Set<string>
}

/**
 * Registers what a form brings: the parts `asset` (YAML or JSON), `envFile` (dotenv) and any number of `bundled` files.
 * Everything that is wrong is told at once, and a refused registration leaves nothing behind. One that the store gave no answer to may be
 * registered all the same, and keeps its files.
 * @param replace whether a version that is there already, and that no job used, may be replaced; `expected` is what the path names
 * @throws ServiceError with every problem there is
 */
export function registerAsset(
  parts: RegisterParts,
  request: IncomingMessage,
  replace?: { readonly id: string; readonly version: string },
  by: Author = service,
): Promise<AssetRecord> {
  return registerSent(parts, (take) => readForm(request, take), replace, by)
}

/**
 * Registers what comes part by part, from a form or from elsewhere; see `registerAsset`.
 * @param deliver hands every part to `take`, and ends when all are read
 */
export async function registerSent(
  parts: RegisterParts,
  deliver: (take: (part: FormPart) => Promise<void>) => Promise<void>,
  replace?: { readonly id: string; readonly version: string },
  by: Author = service,
): Promise<AssetRecord> {
  // The installation's id stands in it, so that files which a crash left behind are known as ours, also in a bucket that others use.
  const bundleId = `${await parts.store.installation()}.${parts.ids.next()}`
  let known = true
  try {
    const record = await readSent(parts, deliver, bundleId, replace)
    const before = replace === undefined ? undefined : await parts.store.assetVersion(record.id, record.version)
    crash('bundle-kept')
    known = false
    const outcome = await parts.store.saveAsset(record, replace !== undefined, by)
    known = true
    const name = `${record.id} ${record.version}`
    if (outcome === 'exists') throw new ServiceError('asset-exists', `${name} is registered already.`)
    if (outcome === 'in-use') throw new ServiceError('asset-in-use', `A job has used ${name}.`)
    crash('asset-kept')
    if (before !== undefined) await removeBundle(parts, before.bundleId)
    return record
  } catch (error) {
    // A store that fails may have saved the version, and only its answer was lost: then a sweep tells whether its files are anybody's.
    if (known) await removeBundle(parts, bundleId)
    throw error
  }
}

/** Removes files nobody refers to. Best effort: it must neither hide an error nor undo what was saved. */
async function removeBundle({ objects, logger }: RegisterParts, bundleId: string): Promise<void> {
  await objects
    .removeAll(bundlePrefix(bundleId))
    .catch((error: unknown) => logger.warn('bundled files were left behind', { bundleId, error }))
}

async function readSent(
  parts: RegisterParts,
  deliver: (take: (part: FormPart) => Promise<void>) => Promise<void>,
  bundleId: string,
  expected: { readonly id: string; readonly version: string } | undefined,
): Promise<AssetRecord> {
  const sent: Sent = { bundled: {}, names: new Set() }
  await deliver(async ({ name, fileName, stream }) => {
    if (name === 'asset' || name === 'envFile') once(sent.names, `:${name}`, `The part ${name}`)
    if (name === 'asset') sent.asset = await readText(stream, maximumAssetBytes, 'asset')
    else if (name === 'envFile') sent.dotenv = await readText(stream, maximumDotenvBytes, 'dotenv')
    else if (name === 'bundled') await keep(parts, bundleId, fileName, stream, sent)
    else
      throw new ServiceError(
        'invalid-body',
        `The form has a part ${JSON.stringify(name.slice(0, 100))}; expected the parts asset, envFile and bundled.`,
      )
  })
  if (sent.asset === undefined)
    throw new ServiceError('invalid-body', 'The form has no part asset; add the document (asset.yaml) under this name.')
  const document = parseAssetDocument(sent.asset)
  const { asset } = readTogether(document, sent, parts.rules, expected)
  return {
    id: asset.metadata.id,
    version: asset.metadata.version,
    document,
    ...(sent.dotenv === undefined ? {} : { dotenv: sent.dotenv }),
    bundled: Object.fromEntries(Object.entries(sent.bundled).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    bundleId,
    registeredAt: parts.clock.now(),
    enabled: true,
  }
}

/** Refuses what was sent twice; before the first of them is read, so that they cannot write over each other. */
function once(names: Set<string>, name: string, what: string): void {
  if (names.has(name)) throw new ServiceError('invalid-body', `${what} was sent twice; send it once.`)
  names.add(name)
}

async function keep(
  parts: RegisterParts,
  bundleId: string,
  fileName: string,
  stream: Readable,
  sent: Sent,
): Promise<void> {
  if (fileName === '')
    throw new ServiceError('invalid-body', 'A part bundled has no file name; inputs name their files by it.')
  const problem =
    fileName.includes('/') || fileName === '__proto__' ? 'this is no plain file name' : pathProblem(fileName)
  if (problem !== undefined)
    throw new ServiceError('invalid-body', `A part bundled cannot have its file name: ${problem}.`)
  once(sent.names, fileName, `The bundled file ${fileName}`)
  const key = bundlePrefix(bundleId) + fileName
  try {
    sent.bundled[fileName] = { key, ...(await parts.objects.putStream(key, stream, maximumBundledBytes)) }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'body-too-large')
      throw tooLargeError(`bundled ${fileName}`, maximumBundledBytes)
    throw error
  }
}

/** The asset's own problems together with those of the files that came with it. */
function readTogether(
  document: unknown,
  sent: Sent,
  rules: AssetRules,
  expected: { readonly id: string; readonly version: string } | undefined,
): ReadAsset {
  const readable = readableAsset(document)
  const problems = [...bundledProblems(readable.inputs, sent.bundled), ...identityProblems(readable, expected)]
  let read: ReadAsset
  try {
    read = readAsset(document, sent.dotenv, { ...rules, patterns: boundedPatterns })
  } catch (error) {
    if (!(error instanceof ServiceError) || problems.length === 0) throw error
    throw new ServiceError('invalid-asset', notFitting, { problems: [...error.problems, ...problems] })
  }
  if (problems.length > 0) throw new ServiceError('invalid-asset', notFitting, { problems })
  return read
}

const notFitting = 'The asset and what was sent with it do not fit together.'

function identityProblems(
  { id, version }: ReadableAsset,
  expected: { readonly id: string; readonly version: string } | undefined,
): Problem[] {
  if (expected === undefined) return []
  return [...differing('metadata.id', id, expected.id), ...differing('metadata.version', version, expected.version)]
}

function differing(where: string, found: string | undefined, wanted: string): Problem[] {
  return found === undefined || found === wanted
    ? []
    : [{ where, message: `expected ${wanted}, which the address of the request names` }]
}

async function readText(stream: Readable, maximumBytes: number, part: SentText): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array))
      throw new ServiceError('invalid-body', `The part ${part} is no sequence of bytes.`)
    size += chunk.byteLength
    if (size > maximumBytes) throw tooLargeError(part, maximumBytes)
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks), part)
}
