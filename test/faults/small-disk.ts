import { execFile } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of its own in memory, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string
  /** Writes into it until nothing more fits. */
  fill(): Promise<void>
  /** Makes room again. */
  clear(): Promise<void>
  /** Mounts it anew so that nobody can write; fails while anybody has a file open for writing. */
  readOnly(): Promise<void>
  writable(): Promise<void>
  close(): Promise<void>
}

/**
 * Mounts one.
 * @returns `undefined` where this process may not mount
 */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'dsc-small-disk', folder])
  } catch {
    await rm(folder, { recursive: true })
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    async fill() {
      const file = await open(filler, 'w')
      try {
        const piece = Buffer.alloc(64 * 1024, 'filler')
        for (;;) await file.write(piece)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    clear: () => rm(filler, { force: true }),
    async readOnly() {
      await run('mount', ['-o', 'remount,ro', folder])
    },
    async writable() {
      await run('mount', ['-o', 'remount,rw', folder])
    },
    async close() {
      await run('umount', [folder])
      await rm(folder, { recursive: true })
    },
  }
}
