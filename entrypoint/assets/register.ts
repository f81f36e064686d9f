import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { type AssetRules, type ReadAsset, readAsset } from '../../core/asset/read.ts'
import type { ComputeAsset } from '../../core/asset/schema.ts'
import { maximumDotenvBytes } from '../../core/asset/dotenv.ts'
import { type Problem, ServiceError } from '../../core/errors.ts'
import { bundlePrefix } from '../../core/job/names.ts'
import type { BundledInput } from '../../core/job/plan.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { AssetRecord, Store } from '../../core/ports/store.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { readForm } from '../http/read-form.ts'
import { parseAssetDocument } from './parse-document.ts'

/** What registration works with. */
export interface RegisterParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly rules: AssetRules
}

/** Largest asset document, in bytes. */
const maximumAssetBytes = 256 * 1024
/** Largest file registered with an asset, in bytes: the largest single object that S3 takes in one piece. */
const maximumBundledBytes = 5 * 2 ** 30

interface Sent {
  asset?: string
  dotenv?: string
  readonly bundled: Record<string, BundledInput>
  /** Names of bundled files that were seen, also of those still on their way. */
  readonly names: Set<string>
}

/**
 * Registers what a form brings: the parts `asset` (YAML or JSON), `envFile` (dotenv) and any number of `bundled` files.
 * Everything that is wrong is told at once, and a refused registration leaves nothing behind.
 * @param replace whether a version that is there already, and that no job used, may be replaced; `expected` is what the path names
 * @throws ServiceError with every problem there is
 */
export async function registerAsset(
  parts: RegisterParts,
  request: IncomingMessage,
  replace?: { readonly id: string; readonly version: string },
): Promise<AssetRecord> {
  const bundleId = parts.ids.next()
  try {
    const record = await readSent(parts, request, bundleId, replace)
    const before = replace === undefined ? undefined : await parts.store.assetVersion(record.id, record.version)
    const outcome = await parts.store.saveAsset(record, replace !== undefined)
    const name = `${record.id} ${record.version}`
    if (outcome === 'exists') throw new ServiceError('asset-exists', `${name} is registered already.`)
    if (outcome === 'in-use') throw new ServiceError('asset-in-use', `A job has used ${name}.`)
    if (before !== undefined) await removeBundle(parts, before.bundleId)
    return record
  } catch (error) {
    await removeBundle(parts, bundleId)
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
  request: IncomingMessage,
  bundleId: string,
  expected: { readonly id: string; readonly version: string } | undefined,
): Promise<AssetRecord> {
  const sent: Sent = { bundled: {}, names: new Set() }
  await readForm(request, async ({ name, fileName, stream }) => {
    if (name === 'asset' || name === 'envFile') once(sent.names, `:${name}`, `The part ${name}`)
    if (name === 'asset') sent.asset = await readText(stream, maximumAssetBytes, 'asset')
    else if (name === 'envFile') sent.dotenv = await readText(stream, maximumDotenvBytes, 'envFile')
    else if (name === 'bundled') await keep(parts, bundleId, fileName, stream, sent)
    else
      throw new ServiceError(
        'invalid-body',
        `The form has a part ${JSON.stringify(name)}; expected asset, envFile and bundled.`,
      )
  })
  if (sent.asset === undefined) throw new ServiceError('invalid-body', 'The form has no part asset.')
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
  if (names.has(name)) throw new ServiceError('invalid-body', `${what} was sent twice.`)
  names.add(name)
}

async function keep(
  parts: RegisterParts,
  bundleId: string,
  fileName: string,
  stream: Readable,
  sent: Sent,
): Promise<void> {
  const problem =
    fileName.includes('/') || fileName === '__proto__' ? 'this is no plain file name' : pathProblem(fileName)
  if (problem !== undefined)
    throw new ServiceError('invalid-body', `A bundled file has the name ${JSON.stringify(fileName)}: ${problem}.`)
  once(sent.names, fileName, `The bundled file ${fileName}`)
  const key = bundlePrefix(bundleId) + fileName
  sent.bundled[fileName] = { key, ...(await parts.objects.putStream(key, stream, maximumBundledBytes)) }
}

/** The asset's own problems together with those of the files that came with it. */
function readTogether(
  document: unknown,
  sent: Sent,
  rules: AssetRules,
  expected: { readonly id: string; readonly version: string } | undefined,
): ReadAsset {
  try {
    const read = readAsset(document, sent.dotenv, rules)
    const problems = [
      ...bundledProblems(read.asset.inputs, sent),
      ...digestProblems(read.asset.inputs, sent),
      ...identityProblems(read.asset.metadata, expected),
    ]
    if (problems.length > 0)
      throw new ServiceError('invalid-asset', 'The asset and what came with it do not fit.', { problems })
    return read
  } catch (error) {
    if (!(error instanceof ServiceError) || !hasInputs(document)) throw error
    const known = new Set(error.problems.map((problem) => problem.where))
    const more = bundledProblems(document.inputs, sent).filter((problem) => !known.has(problem.where))
    throw new ServiceError(error.code, error.message, { problems: [...error.problems, ...more] })
  }
}

function hasInputs(document: unknown): document is { readonly inputs: readonly unknown[] } {
  return typeof document === 'object' && document !== null && 'inputs' in document && Array.isArray(document.inputs)
}

function bundledProblems(inputs: readonly unknown[], sent: Sent): Problem[] {
  const wanted = inputs.map(bundledName)
  const missing = wanted.flatMap((name, index) =>
    name === undefined || Object.hasOwn(sent.bundled, name)
      ? []
      : [
          {
            where: `inputs[${index}].from.bundled`,
            message: `the file ${name} was not sent; add it as a part bundled`,
          },
        ],
  )
  const unused = Object.keys(sent.bundled)
    .filter((name) => !wanted.includes(name))
    .map((name) => ({ where: `bundled ${name}`, message: 'no input of the asset names this file' }))
  return [...missing, ...unused]
}

/** What an input declares about its bundled file, held against the file that was sent. */
function digestProblems(inputs: ComputeAsset['inputs'], sent: Sent): Problem[] {
  return inputs.flatMap((input, index) => {
    const file = 'bundled' in input.from ? sent.bundled[input.from.bundled] : undefined
    if (file === undefined) return []
    const problems: Problem[] = []
    if (input.sha256 !== undefined && input.sha256 !== file.sha256) {
      problems.push({ where: `inputs[${index}].sha256`, message: `the file that was sent has ${file.sha256}` })
    }
    if (file.size > input.maximumBytes) {
      problems.push({
        where: `inputs[${index}].maximumBytes`,
        message: `the file that was sent has ${file.size} bytes`,
      })
    }
    return problems
  })
}

function bundledName(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('from' in input)) return undefined
  const { from } = input
  return typeof from === 'object' && from !== null && 'bundled' in from && typeof from.bundled === 'string'
    ? from.bundled
    : undefined
}

function identityProblems(
  metadata: { readonly id: string; readonly version: string },
  expected: { readonly id: string; readonly version: string } | undefined,
): Problem[] {
  if (expected === undefined) return []
  const problems: Problem[] = []
  if (metadata.id !== expected.id) problems.push({ where: 'metadata.id', message: `the address names ${expected.id}` })
  if (metadata.version !== expected.version)
    problems.push({ where: 'metadata.version', message: `the address names ${expected.version}` })
  return problems
}

async function readText(stream: Readable, maximumBytes: number, part: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array))
      throw new ServiceError('invalid-body', `The part ${part} is no sequence of bytes.`)
    size += chunk.byteLength
    if (size > maximumBytes)
      throw new ServiceError('body-too-large', `The part ${part} has more than ${maximumBytes} bytes.`)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new ServiceError('invalid-body', `The part ${part} is not UTF-8.`)
  }
}
