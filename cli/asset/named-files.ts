import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../../core/errors.ts'
import { pathProblem } from '../../core/result/paths.ts'
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
  /** Its text; empty where it is not UTF-8, which is then among the problems. */
  readonly envText?: string
  readonly bundled: readonly AssetFile[]
  readonly problems: readonly Problem[]
}

/** The files that a document names, also one that has errors elsewhere: then those of its files are told with the others. */
export async function namedFiles(document: unknown, folder: string): Promise<NamedFiles> {
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
  const files = { bundled: [...bundled.values()], problems }
  if (envFile === undefined) return files
  const envText = await readText(envFile.path)
  if (envText === undefined) problems.push({ where: 'dotenv', message: 'the file is not UTF-8' })
  return { ...files, envFile, envText: envText ?? '' }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}
