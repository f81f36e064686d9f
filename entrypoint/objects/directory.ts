import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, type Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ObjectStore, StoredObject } from '../../core/ports/object-store.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { hashed } from './hashing.ts'

/** What is written to see whether there is room, in bytes. */
const probeBytes = 64 * 1024

/**
 * An object store in a directory of this machine: the embedded default for development. A key is a path below the root;
 * an object appears under its name only when it is whole.
 */
export function directoryStore(folder: string): ObjectStore {
  const root = resolve(folder)
  const pathOf = (key: string): string => {
    const parts = key.split('/')
    const problem = parts.map(pathProblem).find((one) => one !== undefined) // of each part: a key is longer than a result's path may be
    if (problem !== undefined) throw new Error(`the key ${JSON.stringify(key)} cannot be used: ${problem}`)
    return join(root, ...parts)
  }
  const write = async (key: string, body: AsyncIterable<Uint8Array>): Promise<void> => {
    const path = pathOf(key)
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${randomUUID()}~` // ~ is in no key
    try {
      await pipeline(Readable.from(body), createWriteStream(temporary, { flags: 'wx', flush: true }))
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
  return {
    async put(key, body) {
      await write(key, Readable.from([Buffer.from(body)]))
    },
    async putStream(key, body, maximumBytes) {
      const passing = hashed(body, maximumBytes)
      await write(key, passing.body)
      return passing.sum()
    },
    async head(key) {
      const found = await unlessMissing(stat(pathOf(key)))
      return found?.isFile() === true ? { key, size: found.size } : undefined
    },
    async open(key, range) {
      const handle = await unlessMissing(open(pathOf(key)))
      if (handle === undefined) return undefined
      if (!(await handle.stat()).isFile()) {
        await handle.close()
        return undefined
      }
      return createReadStream('', {
        fd: handle,
        ...(range === undefined ? {} : { start: range.start, end: range.end }),
      })
    },
    async *list(prefix) {
      yield* below(root, prefix === '' ? root : pathOf(prefix.replace(/\/$/, '')))
    },
    async removeAll(prefix) {
      await unlessMissing(rm(pathOf(prefix.replace(/\/$/, '')), { recursive: true, force: true }))
    },
    async erase(prefix) {
      const path = pathOf(prefix.replace(/\/$/, ''))
      const found = await everythingBelow(root, path)
      await rm(path, { recursive: true, force: true })
      const left = await everythingBelow(root, path)
      return {
        objects: found.length,
        bytes: found.reduce((sum, { size }) => sum + size, 0),
        uploads: 0,
        left: left.length,
      }
    },
    async presign() {
      return undefined
    },
    async access() {
      return { kind: 'directory', root }
    },
    async time() {
      return undefined
    },
    async check() {
      await mkdir(root, { recursive: true })
      // Whether it can be read tells nothing of a disk that is full or was made read-only.
      const probe = join(root, `.${randomUUID()}~`)
      try {
        await writeFile(probe, new Uint8Array(probeBytes), { flag: 'wx', flush: true })
      } finally {
        await rm(probe, { force: true })
      }
    },
  }
}

/** Every object below a path, or at it: a prefix may be a whole key. */
async function everythingBelow(root: string, path: string): Promise<readonly StoredObject[]> {
  const found = await unlessMissing(stat(path))
  return found?.isFile() === true ? [{ key: path, size: found.size }] : Array.fromAsync(below(root, path))
}

/** Directories sort as their keys do: with the slash that follows. */
function sortName(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name
}

async function* below(root: string, directory: string): AsyncGenerator<StoredObject> {
  const entries = (await unlessMissing(readdir(directory, { withFileTypes: true }))) ?? []
  for (const entry of entries.toSorted((a, b) => (sortName(a) < sortName(b) ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* below(root, path)
    else if (!entry.name.endsWith('~')) {
      const found = await unlessMissing(stat(path)) // it may have gone since the folder was read
      if (found !== undefined) yield { key: relative(root, path).split(sep).join('/'), size: found.size }
    }
  }
}

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
