import { writeFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type AttemptRef, attemptName } from '../../../core/job/names.ts'
import type { Container, FoundAttempt, LogPart } from '../../../core/ports/backend.ts'
import { signalGroup, startTimeOf } from './worker-process.ts'

/** The directories and files of one attempt. */
export interface AttemptDirectory {
  readonly path: string
  readonly inputs: string
  readonly outputs: string
  /** A place of its own for the worker's temporary files and its HOME. */
  readonly scratch: string
  log(container: Container): string
}

/** Where an attempt has its files. */
export function attemptDirectory(root: string, ref: AttemptRef): AttemptDirectory {
  const path = resolve(root, attemptName(ref)) // absolute: the worker runs in another directory
  return {
    path,
    inputs: join(path, 'inputs'),
    outputs: join(path, 'outputs'),
    scratch: join(path, 'scratch'),
    log: (container) => join(path, `${container}.log`),
  }
}

/** Makes the directories of an attempt anew, and notes of which installation it is. */
export async function makeDirectories(directory: AttemptDirectory, installation = ''): Promise<void> {
  await mkdir(directory.path, { recursive: true })
  await writeFile(join(directory.path, installationFile), installation)
  for (const path of [directory.inputs, directory.outputs, directory.scratch])
    await mkdir(path, { recursive: true, mode: 0o700 })
}

/** Whether an attempt has a directory. */
export async function hasDirectory(directory: AttemptDirectory): Promise<boolean> {
  try {
    return (await stat(directory.path)).isDirectory()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Removes an attempt's directory. */
export async function removeDirectory(directory: AttemptDirectory): Promise<void> {
  await rm(directory.path, { recursive: true, force: true })
}

/** Every attempt that has a directory. */
export async function attemptsIn(root: string): Promise<readonly FoundAttempt[]> {
  const names = await readdir(root).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const found = await Promise.all(
    names.map(async (name): Promise<readonly FoundAttempt[]> => {
      const match = /^dsc-(.+)-(\d+)$/.exec(name)
      if (match?.[1] === undefined) return []
      const ref = { jobId: match[1], attempt: Number(match[2]) }
      try {
        const { path } = attemptDirectory(root, ref)
        const { mtimeMs } = await stat(path)
        const installation = await readFile(join(path, installationFile), 'utf8').catch(() => '')
        return [{ ...ref, since: mtimeMs, ...(installation === '' ? {} : { installation }) }]
      } catch (error) {
        if (isMissing(error)) return [] // it went meanwhile
        throw error
      }
    }),
  )
  return found.flat()
}

/** In an attempt's directory: whose it is. */
const installationFile = 'installation'

/**
 * A log from a byte on, at most its last `maximumBytes`; `undefined` where there is none. From 0 on where it is shorter than `from`.
 */
export async function readLog(path: string, from: number, maximumBytes: number): Promise<LogPart | undefined> {
  let file
  try {
    file = await open(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    const { size } = await file.stat()
    const start = Math.max(from > size ? 0 : from, size - maximumBytes)
    const bytes = Buffer.alloc(size - start)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
    return { start, bytes: bytes.subarray(0, bytesRead) }
  } finally {
    await file.close()
  }
}

/** Writes down which process the worker is, so that it can be ended after we ourselves were killed. */
export function notePid(directory: AttemptDirectory, pid: number): void {
  writeFileSync(join(directory.path, 'worker.pid'), `${pid} ${startTimeOf(pid) ?? ''}`)
}

/** Ends the worker that an earlier process of this service left behind, if it is still the same process. */
export async function endLeftWorker(directory: AttemptDirectory): Promise<void> {
  const text = await readFile(join(directory.path, 'worker.pid'), 'utf8').catch(() => '')
  const [pid = '', started = ''] = text.split(' ')
  if (started !== '' && startTimeOf(Number(pid)) === started) signalGroup(Number(pid), 'SIGKILL')
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
