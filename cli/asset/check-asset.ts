import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type ReadAsset, readAsset } from '../../core/asset/read.ts'
import { type Problem, ServiceError } from '../../core/errors.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { parseAssetDocument } from '../../entrypoint/assets/parse-document.ts'
import type { PlacedProblem } from '../cli-error.ts'
import type { AssetPlace } from './find-asset.ts'
import { placeProblem } from './place-problem.ts'
import { type Position, positionsIn } from './positions.ts'

/** A file that goes with an asset. */
export interface AssetFile {
  readonly name: string
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** What was found about an asset on this disk. */
export interface CheckedAsset {
  readonly place: AssetPlace
  readonly text: string
  /** Absent where there are problems. */
  readonly read?: ReadAsset
  readonly envFile?: AssetFile
  readonly bundled: readonly AssetFile[]
  /** Everything that keeps the asset from being registered. */
  readonly problems: readonly PlacedProblem[]
  /** What a service refuses unless it is set up for development. */
  readonly warnings: readonly PlacedProblem[]
}

/**
 * Checks an asset as the service would, without the service, and the files that it names with it.
 * @param production whether an image named by a tag is a problem and not only a warning
 */
export async function checkAsset(place: AssetPlace, production: boolean): Promise<CheckedAsset> {
  const text = await readText(place.file)
  const nothing = { place, text: text ?? '', bundled: [], warnings: [] }
  const document = text === undefined ? notUtf8 : attempt(() => parseAssetDocument(text))
  const at = 'problems' in document ? noPositions : positionsIn(nothing.text)
  if ('problems' in document) return { ...nothing, problems: placed(document.problems, place, undefined, at) }
  const files = await namedFiles(document.value, place.folder)
  const dotenv = files.envFile === undefined ? undefined : await readText(files.envFile.path)
  const judge = (allowTags: boolean): Outcome<ReadAsset> =>
    attempt(() => readAsset(document.value, dotenv, { allowTags }))
  const lenient = judge(true)
  const strict = judge(false)
  const tagProblems = 'problems' in lenient || !('problems' in strict) ? [] : strict.problems
  const missing = new Set(files.problems.map(({ where }) => where)) // "was not sent" says less than "is not there"
  const problems = [
    ...('problems' in lenient
      ? lenient.problems.filter(({ where }) => !missing.has(where))
      : await digestProblems(lenient.value, files.bundled)),
    ...files.problems,
    ...(files.envFile !== undefined && dotenv === undefined
      ? [{ where: 'dotenv', message: 'the file is not UTF-8' }]
      : []),
    ...(production ? tagProblems : []),
  ]
  return {
    ...nothing,
    ...('problems' in lenient || problems.length > 0 ? {} : { read: lenient.value }),
    ...(files.envFile === undefined ? {} : { envFile: files.envFile }),
    bundled: files.bundled,
    problems: placed(problems, place, files.envFile?.path, at),
    warnings: production ? [] : placed(tagProblems, place, undefined, at),
  }
}

type Outcome<T> = { readonly value: T } | { readonly problems: readonly Problem[] }

function attempt<T>(step: () => T): Outcome<T> {
  try {
    return { value: step() }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { problems: error.problems.length > 0 ? error.problems : [{ where: '', message: error.message }] }
  }
}

const notUtf8 = { problems: [{ where: '', message: 'the file is not UTF-8' }] }
const noPositions = (): Position | undefined => undefined

function placed(
  problems: readonly Problem[],
  place: AssetPlace,
  envFile: string | undefined,
  at: (path: string) => Position | undefined,
): readonly PlacedProblem[] {
  return problems.map((problem) => placeProblem(problem, { asset: place.file, envFile, at }))
}

interface NamedFiles {
  readonly envFile?: AssetFile
  readonly bundled: readonly AssetFile[]
  readonly problems: readonly Problem[]
}

/** The files that a document names, also one that has errors elsewhere: then those of its files are told with the others. */
async function namedFiles(document: unknown, folder: string): Promise<NamedFiles> {
  const problems: Problem[] = []
  const find = async (where: string, name: unknown): Promise<AssetFile | undefined> => {
    if (typeof name !== 'string' || name.includes('/') || pathProblem(name) !== undefined) return undefined // told by the schema
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() === true) return { name, path, size: found.size }
    problems.push({ where, message: `the file ${name} is not there: ${path}` })
    return undefined
  }
  const worker = property(document, 'worker')
  const envFile = await find('worker.envFile', property(worker, 'envFile'))
  const inputs = property(document, 'inputs')
  const bundled = new Map<string, AssetFile>()
  for (const [index, input] of (Array.isArray(inputs) ? (inputs as unknown[]) : []).entries()) {
    const file = await find(`inputs[${index}].from.bundled`, property(property(input, 'from'), 'bundled'))
    if (file !== undefined) bundled.set(file.name, file)
  }
  return { ...(envFile === undefined ? {} : { envFile }), bundled: [...bundled.values()], problems }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

/** A file's text, or `undefined` where it is not UTF-8. */
async function readText(path: string): Promise<string | undefined> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What inputs say about their bundled files, held against the files. */
async function digestProblems({ asset }: ReadAsset, files: readonly AssetFile[]): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const [index, input] of asset.inputs.entries()) {
    if (!('bundled' in input.from)) continue
    const { bundled } = input.from
    const file = files.find(({ name }) => name === bundled)
    if (file === undefined) continue
    if (file.size > input.maximumBytes)
      problems.push({ where: `inputs[${index}].maximumBytes`, message: `the file ${file.name} has ${file.size} bytes` })
    if (input.sha256 === undefined) continue
    const digest = await sha256Of(file.path)
    if (digest !== input.sha256)
      problems.push({ where: `inputs[${index}].sha256`, message: `the file ${file.name} has ${digest}` })
  }
  return problems
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
