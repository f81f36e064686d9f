import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, type Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ObjectStore, StoredObject } from '../../core/ports/object-store.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { hashed } from './hashing.ts'

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
    async presign() {
      return undefined
    },
    async access() {
      return { kind: 'directory', root }
    },
    async check() {
      await mkdir(root, { recursive: true })
    },
  }
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
