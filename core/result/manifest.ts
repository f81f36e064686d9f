import { mediaTypePattern } from './media-type.ts'
import { collidingPath, pathProblem } from './paths.ts'

/** One file of a result. */
export interface ResultFile {
  /** Path below the result, by the rules of `pathProblem`. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 of the whole file, 64 hexadecimal digits in lower case. */
  readonly sha256: string
  /** From the output's declaration, else guessed by nobody: absent. */
  readonly mediaType?: string
}

/** The last object written of a result. Where there is no manifest, there is no result. */
export interface ResultManifest {
  readonly version: 1
  readonly jobId: string
  readonly attempt: number
  /** Sorted by path. */
  readonly files: readonly ResultFile[]
  /** Sum of all sizes, in bytes. */
  readonly totalBytes: number
}

/** Puts files in order and sums them up. */
export function buildManifest(jobId: string, attempt: number, files: readonly ResultFile[]): ResultManifest {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return { version: 1, jobId, attempt, files: sorted, totalBytes: sorted.reduce((sum, file) => sum + file.size, 0) }
}

/**
 * Reads a manifest that came from the object store, trusting nothing in it.
 * @returns the manifest, or a sentence that says what is wrong
 */
export function parseManifest(text: string): ResultManifest | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the manifest is no JSON'
  }
  if (!isRecord(value) || value['version'] !== 1) return 'the manifest has no version 1'
  const { jobId, attempt, files, totalBytes } = value
  if (typeof jobId !== 'string' || !isCount(attempt) || !isCount(totalBytes) || !Array.isArray(files)) {
    return 'the manifest lacks jobId, attempt, totalBytes or files'
  }
  const parsed: ResultFile[] = []
  for (const file of files as unknown[]) {
    const read = parseFile(file)
    if (typeof read === 'string') return read
    parsed.push(read)
  }
  if (collidingPath(parsed.map((file) => file.path)) !== undefined) return 'the manifest names a file twice'
  const manifest = buildManifest(jobId, attempt, parsed)
  return manifest.totalBytes === totalBytes ? manifest : 'totalBytes is not the sum of the files'
}

function parseFile(value: unknown): ResultFile | string {
  if (!isRecord(value)) return 'an entry of files is no object'
  const { path, size, sha256, mediaType } = value
  if (typeof path !== 'string' || !isCount(size) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    return 'an entry of files lacks path, size or sha256'
  }
  const problem = pathProblem(path)
  if (problem !== undefined) return problem
  if (mediaType !== undefined && (typeof mediaType !== 'string' || !mediaTypePattern.test(mediaType)))
    return `mediaType of ${path} is no media type`
  return { path, size, sha256, ...(mediaType === undefined ? {} : { mediaType }) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
