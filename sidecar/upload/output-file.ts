import type { BigIntStats } from 'node:fs'
import { constants, type FileHandle, open, realpath } from 'node:fs/promises'
import { codeOf, reasonOf, SidecarFailure } from '../failure.ts'

/** A file that goes into the result, as the walk found it. */
export interface OutputFile {
  /** Path in the result. */
  readonly path: string
  /** Where it lies: below the real path of OUTPUT_DIR, no part of it a link. */
  readonly location: string
  /** Bytes. */
  readonly size: number
  /** Device, inode and time of change: a file with another mark is another file. */
  readonly mark: string
  readonly mediaType?: string
}

/** Device, inode, size and time of change of a file, as text. */
export function markOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(' ')
}

/**
 * Opens a file for reading, following no link, and makes sure that it is the one the walk saw.
 * @throws SidecarFailure invalid-output
 */
export async function openOutput(file: OutputFile): Promise<FileHandle> {
  let handle: FileHandle
  try {
    // Not to wait for a writer, should a pipe have taken the file's place.
    handle = await open(file.location, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ELOOP' || code === 'ENOENT' || code === 'ENXIO') throw changed(file)
    throw unreadable(file.path, error)
  }
  try {
    await assertUnchanged(file, handle)
    // O_NOFOLLOW watches the last part of the path only.
    if ((await realpath(file.location)) !== file.location) throw changed(file)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Says that a file, or a directory, cannot be read, and why. */
export function unreadable(path: string, error: unknown): SidecarFailure {
  const advice =
    codeOf(error) === 'EACCES' ? 'The worker must leave it readable for its own user.' : 'Run the job again.'
  return new SidecarFailure(
    'invalid-output',
    `The output ${JSON.stringify(path)} cannot be read: ${reasonOf(error)}. ${advice}`,
    error,
  )
}

/** @throws SidecarFailure where the file is not, or no longer, what the walk saw */
export async function assertUnchanged(file: OutputFile, handle: FileHandle): Promise<void> {
  if (markOf(await handle.stat({ bigint: true })) !== file.mark) throw changed(file)
}

function changed(file: OutputFile): SidecarFailure {
  return new SidecarFailure(
    'invalid-output',
    `The output ${file.path} changed while it was uploaded. The worker must end every process that writes into OUTPUT_DIR before it ends itself.`,
  )
}

/** Reads up to `length` bytes, fewer only where the file ends. */
export async function readFully(file: OutputFile, handle: FileHandle, into: Buffer, length: number): Promise<Buffer> {
  let have = 0
  while (have < length) {
    let bytesRead: number
    try {
      bytesRead = (await handle.read(into, have, length - have, null)).bytesRead
    } catch (error) {
      throw unreadable(file.path, error)
    }
    if (bytesRead === 0) throw changed(file)
    have += bytesRead
  }
  return into.subarray(0, length)
}
