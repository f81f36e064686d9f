import type { Problem } from '../errors.ts'
import type { ReadableInput } from './readable.ts'

/** A file that goes with an asset. */
export interface SentFile {
  /** Bytes. */
  readonly size: number
  /** Of its content; only needed where the input that names it declares one. */
  readonly sha256?: string | undefined
}

/** What the inputs of an asset say about their bundled files, held against the files that are there. */
export function bundledProblems(
  inputs: readonly ReadableInput[],
  files: Readonly<Record<string, SentFile>>,
): readonly Problem[] {
  const named = inputs.flatMap(({ bundled }, index) => (bundled === undefined ? [] : [{ bundled, index }]))
  const missing = named
    .filter(({ bundled }) => !Object.hasOwn(files, bundled))
    .map(({ bundled, index }) => ({
      where: `inputs[${index}].from.bundled`,
      message: `the file ${bundled} was not sent; add it as a part bundled`,
    }))
  const unused = Object.keys(files)
    .filter((name) => !named.some(({ bundled }) => bundled === name))
    .map((name) => ({ where: `bundled ${name}`, message: 'no input of the asset names this file; leave it out' }))
  return [...missing, ...unused, ...inputs.flatMap((input, index) => contentProblems(input, index, files))]
}

function contentProblems(
  { bundled, sha256, maximumBytes }: ReadableInput,
  index: number,
  files: Readonly<Record<string, SentFile>>,
): readonly Problem[] {
  const file = bundled !== undefined && Object.hasOwn(files, bundled) ? files[bundled] : undefined
  if (file === undefined) return []
  const problems: Problem[] = []
  if (sha256 !== undefined && file.sha256 !== undefined && sha256 !== file.sha256) {
    problems.push({ where: `inputs[${index}].sha256`, message: `the file ${bundled} has the digest ${file.sha256}` })
  }
  if (maximumBytes !== undefined && file.size > maximumBytes) {
    problems.push({
      where: `inputs[${index}].maximumBytes`,
      message: `the file ${bundled} has ${file.size} bytes; raise the limit, or send a smaller file`,
    })
  }
  return problems
}
