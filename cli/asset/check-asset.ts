import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type ReadAsset, readAsset } from '../../core/asset/read.ts'
import { type Problem, ServiceError } from '../../core/errors.ts'
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
  const { envFile, envText, bundled, problems: fileProblems } = await namedFiles(document.value, place.folder)
  const judge = (allowTags: boolean): Outcome<ReadAsset> =>
    attempt(() => readAsset(document.value, envText, { allowTags }))
  const judged = judge(!production)
  const known = new Set(fileProblems.map(({ where }) => where)) // "was not sent" says less than "is not there"
  const problems = [
    ...('problems' in judged
      ? judged.problems.filter(({ where }) => !known.has(where))
      : await digestProblems(judged.value, bundled)),
    ...fileProblems,
  ]
  const strict = problems.length > 0 || production ? undefined : judge(false)
  return {
    ...nothing,
    ...('problems' in judged || problems.length > 0 ? {} : { read: judged.value }),
    ...(envFile === undefined ? {} : { envFile }),
    bundled,
    problems: placed(problems, place, envFile?.path, at),
    warnings: strict !== undefined && 'problems' in strict ? placed(strict.problems, place, envFile?.path, at) : [],
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
