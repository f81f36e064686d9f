import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { bundledProblems, type SentFile } from '../../core/asset/bundled-files.ts'
import { maximumAssetBytes } from '../../core/asset/limits.ts'
import { type ReadAsset, readAsset } from '../../core/asset/read.ts'
import { type ReadableInput, readableAsset } from '../../core/asset/readable.ts'
import { type ErrorCode, type Problem, ServiceError } from '../../core/errors.ts'
import { parseAssetDocument } from '../../entrypoint/assets/parse-document.ts'
import type { PlacedProblem } from '../cli-error.ts'
import type { AssetPlace } from './find-asset.ts'
import { type AssetFile, namedFiles } from './named-files.ts'
import { placeProblem } from './place-problem.ts'
import { type Position, positionsIn } from './positions.ts'
import { readText } from './read-text.ts'

/** What was found about an asset on this disk. */
export interface CheckedAsset {
  readonly place: AssetPlace
  readonly text: string
  /** Absent where there are problems. */
  readonly read?: ReadAsset
  readonly envFile?: AssetFile
  readonly bundled: readonly AssetFile[]
  /** What registration would answer; absent where nothing is wrong. */
  readonly code?: ErrorCode
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
  const text = await attempt(() => readText(place.file, 'asset', maximumAssetBytes))
  const nothing = { place, text: 'value' in text ? text.value : '', bundled: [], warnings: [] }
  const document = await attempt(() => ('value' in text ? parseAssetDocument(text.value) : throwAgain(text.refusal)))
  if ('refusal' in document) {
    const { code } = document.refusal
    return { ...nothing, code, problems: placed(problemsIn(document.refusal), place, undefined, () => undefined) }
  }
  const { envFile, envText, bundled, missing, refusals } = await namedFiles(document.value, place.folder)
  const judge = (allowTags: boolean): Promise<Outcome<ReadAsset>> =>
    attempt(() => readAsset(document.value, envText, { allowTags }))
  const judged = await judge(!production)
  const { inputs } = readableAsset(document.value)
  const known = new Set(missing.map(({ where }) => where)) // "was not sent" says less than "is not there"
  const found = [
    ...('refusal' in judged ? problemsIn(judged.refusal) : []),
    ...bundledProblems(inputs, await contents(inputs, bundled)),
  ].filter(({ where }) => !known.has(where))
  const problems = [...found, ...missing, ...refusals.flatMap(problemsIn)]
  const at = positionsIn(nothing.text)
  const files = { ...nothing, ...(envFile === undefined ? {} : { envFile }), bundled }
  if ('refusal' in judged || problems.length > 0) {
    const large = refusals.find(({ code }) => code === 'body-too-large')
    const own = found.length > 0 && 'refusal' in judged ? judged.refusal : undefined
    const code = (large ?? (missing.length > 0 ? undefined : (own ?? refusals[0])))?.code ?? 'invalid-asset'
    return { ...files, code, problems: placed(problems, place, envFile?.path, at) }
  }
  const strict = production ? judged : await judge(false)
  const warnings = 'refusal' in strict ? placed(problemsIn(strict.refusal), place, envFile?.path, at) : []
  return { ...files, read: judged.value, problems: [], warnings }
}

type Outcome<T> = { readonly value: T } | { readonly refusal: ServiceError }

async function attempt<T>(step: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await step() }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { refusal: error }
  }
}

function throwAgain(refusal: ServiceError): never {
  throw refusal
}

function problemsIn({ problems, message }: ServiceError): readonly Problem[] {
  return problems.length > 0 ? problems : [{ where: '', message }]
}

function placed(
  problems: readonly Problem[],
  place: AssetPlace,
  envFile: string | undefined,
  at: (path: string) => Position | undefined,
): readonly PlacedProblem[] {
  return problems.map((problem) => placeProblem(problem, { asset: place.file, envFile, at }))
}

/** The files, each with its digest where an input declares one. */
async function contents(
  inputs: readonly ReadableInput[],
  files: readonly AssetFile[],
): Promise<Readonly<Record<string, SentFile>>> {
  const entries = files.map(async ({ name, path, size }): Promise<[string, SentFile]> => {
    const declared = inputs.some(({ bundled, sha256 }) => bundled === name && sha256 !== undefined)
    return [name, { size, sha256: declared ? await sha256Of(path) : undefined }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
