import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { maximumDotenvBytes } from '../../core/asset/dotenv.ts'
import { maximumBundledBytes } from '../../core/asset/limits.ts'
import { type Problem, ServiceError } from '../../core/errors.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { tooLargeError } from '../../entrypoint/assets/sent-text.ts'
import { readText } from './read-text.ts'

/** A file that goes with an asset. */
export interface AssetFile {
  readonly name: string
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** The files that an asset names, as far as they are there. */
export interface NamedFiles {
  readonly envFile?: AssetFile
  /** Its text; empty where it cannot be read, which is then among the refusals. */
  readonly envText?: string
  readonly bundled: readonly AssetFile[]
  /** Files that are not there. */
  readonly missing: readonly Problem[]
  /** What registration would answer to files that are too large or not UTF-8. */
  readonly refusals: readonly ServiceError[]
}

/** The files that a document names, also one that has errors elsewhere: then those of its files are told with the others. */
export async function namedFiles(document: unknown, folder: string): Promise<NamedFiles> {
  const missing: Problem[] = []
  const refusals: ServiceError[] = []
  const find = async (where: string, name: unknown): Promise<AssetFile | undefined> => {
    if (typeof name !== 'string' || name.includes('/') || pathProblem(name) !== undefined) return undefined // told by the schema
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() === true) return { name, path, size: found.size }
    missing.push({ where, message: `the file ${name} is not there: ${path}` })
    return undefined
  }
  const worker = property(document, 'worker')
  const envFile = await find('worker.envFile', property(worker, 'envFile'))
  const inputs = property(document, 'inputs')
  const bundled = new Map<string, AssetFile>()
  for (const [index, input] of (Array.isArray(inputs) ? (inputs as unknown[]) : []).entries()) {
    const file = await find(`inputs[${index}].from.bundled`, property(property(input, 'from'), 'bundled'))
    if (file === undefined) continue
    bundled.set(file.name, file)
    if (file.size > maximumBundledBytes) refusals.push(tooLargeError(`bundled ${file.name}`, maximumBundledBytes))
  }
  const files = { bundled: [...bundled.values()], missing, refusals }
  if (envFile === undefined) return files
  try {
    return { ...files, envFile, envText: await readText(envFile.path, 'dotenv', maximumDotenvBytes) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    refusals.push(error)
    return { ...files, envFile, envText: '' }
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}
