import type { BigIntStats } from 'node:fs'
import { lstat, opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetOutput } from '../../core/asset/schema.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import { collidingPath, pathProblem } from '../../core/result/paths.ts'
import { codeOf, reasonOf, SidecarFailure } from '../failure.ts'
import { someNames } from '../progress.ts'
import { maximumParts, partSize } from '../store/store.ts'
import { markOf, type OutputFile, unreadable } from './output-file.ts'

/** Most files of one result: what the sidecar keeps of each, and the manifest, must fit into its memory. */
const maximumFiles = 50_000
/** Largest single file, in bytes: as many parts as S3 knows. */
export const maximumFileBytes = maximumParts * partSize

/** What lies in OUTPUT_DIR. */
export interface FoundOutputs {
  /** Every file that goes into the result. */
  readonly files: readonly OutputFile[]
  /** Names in OUTPUT_DIR that no output declares. */
  readonly undeclared: readonly string[]
}

/**
 * Finds the files of every declared output. Only regular files and directories with allowed names pass; nothing is followed.
 * @throws SidecarFailure missing-output, invalid-output or output-too-large
 */
export async function walkOutputs(
  task: Pick<SidecarTask, 'outputs' | 'outputBytes'>,
  outputDirectory: string,
  signal: AbortSignal,
): Promise<FoundOutputs> {
  const root = await realpath(outputDirectory).catch((error: unknown) => {
    throw new SidecarFailure('backend-error', `The output directory cannot be opened: ${reasonOf(error)}.`, error)
  })
  const found = new Finding(task.outputBytes, signal)
  const missing: string[] = []
  for (const output of task.outputs) {
    const stats = await statsOf(join(root, output.name), output.name)
    if (stats !== undefined) await found.take(output, join(root, output.name), stats)
    else if (output.required) missing.push(output.name)
  }
  const names = await namesIn(root, '.')
  if (missing.length > 0) throw missingOutputs(missing, names)
  const colliding = collidingPath(found.files.map((file) => file.path))
  if (colliding !== undefined) {
    throw invalid(colliding, 'differs from another path in upper and lower case only')
  }
  const declared = new Set(task.outputs.map((output) => output.name))
  return { files: found.files, undeclared: names.filter((name) => !declared.has(name)) }
}

class Finding {
  readonly files: OutputFile[] = []
  readonly #outputBytes: number
  readonly #signal: AbortSignal
  #total = 0

  constructor(outputBytes: number, signal: AbortSignal) {
    this.#outputBytes = outputBytes
    this.#signal = signal
  }

  /** Takes one declared output. */
  async take(output: AssetOutput, location: string, stats: BigIntStats): Promise<void> {
    const isDirectory = stats.isDirectory()
    if (output.kind === 'file' && isDirectory) throw invalid(output.name, 'is a directory, but declared as a file')
    if (output.kind === 'directory' && stats.isFile())
      throw invalid(output.name, 'is a file, but declared as a directory')
    if (isDirectory) await this.#descend(output.name, location)
    else this.#file(output.name, location, stats, output.mediaType)
  }

  async #descend(path: string, location: string): Promise<void> {
    for (const name of await namesIn(location, path)) {
      this.#signal.throwIfAborted()
      const below = `${path}/${name}`
      const problem = pathProblem(below)
      if (problem !== undefined) throw invalid(below, `has a name that cannot be taken: ${problem}`)
      const stats = await statsOf(join(location, name), below)
      if (stats === undefined) throw invalid(below, 'vanished while it was looked at; no process may write any more')
      if (stats.isDirectory()) await this.#descend(below, join(location, name))
      else this.#file(below, join(location, name), stats, undefined)
    }
  }

  #file(path: string, location: string, stats: BigIntStats, mediaType: string | undefined): void {
    if (!stats.isFile()) throw invalid(path, `is ${kindOf(stats)}; only regular files and directories are taken`)
    if (stats.nlink > 1n) throw invalid(path, `has ${stats.nlink} names (hard links); write a copy instead`)
    if (this.files.length >= maximumFiles) {
      throw invalid(path, `is one file too many: a result has at most ${maximumFiles}; pack them into an archive`)
    }
    const size = Number(stats.size)
    this.#total += size
    if (this.#total > this.#outputBytes) throw tooLarge(path, this.#total, this.#outputBytes)
    if (size > maximumFileBytes) {
      const limit = `a single file may have at most ${maximumFileBytes}`
      throw new SidecarFailure('output-too-large', `The output ${path} has ${size} bytes; ${limit}. Split it.`)
    }
    this.files.push({ path, location, size, mark: markOf(stats), ...(mediaType === undefined ? {} : { mediaType }) })
  }
}

async function statsOf(location: string, path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(location, { bigint: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unreadable(path, error)
  }
}

/** The names in a directory in a fixed order, at most one more than a result may have files. */
async function namesIn(location: string, path: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const entry of await opendir(location)) {
      if (names.push(entry.name) > maximumFiles) break
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  return names.toSorted()
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

function invalid(path: string, reason: string): SidecarFailure {
  return new SidecarFailure('invalid-output', `The output ${someNames([path])} ${reason}.`)
}

function tooLarge(path: string, total: number, allowed: number): SidecarFailure {
  return new SidecarFailure(
    'output-too-large',
    `The outputs up to ${path} have ${total} bytes together; limits.outputBytes allows ${allowed}. Write less, or raise the limit.`,
  )
}

function missingOutputs(missing: readonly string[], present: readonly string[]): SidecarFailure {
  const what = missing.length === 1 ? 'the required output' : 'the required outputs'
  const there = present.length === 0 ? 'OUTPUT_DIR is empty' : `OUTPUT_DIR has ${someNames(present)}`
  return new SidecarFailure(
    'missing-output',
    `The worker did not write ${what} ${someNames(missing)}; ${there}. Compare the names in outputs with what the worker writes.`,
  )
}
