import { randomUUID } from 'node:crypto'
import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, reasonOf } from '../failure.ts'
import { type Download, type NewObject, type SidecarStore, StoreRefusal, partSize } from './store.ts'

/**
 * A directory of this machine as object store: an object is the file at the path that its key spells. Files appear whole or not
 * at all: they are written under a name that no key can have (it contains `~`), flushed to disk and then renamed.
 */
export function directoryStore(root: string): SidecarStore {
  return {
    read: (source) => refusing(async () => await read(root, source.bucket, source.key)),
    put: (object) =>
      refusing(async () => {
        const path = fileOf(root, object.key)
        const partial = await writePartial(path, object)
        await rename(partial, path)
      }),
    create: (object) =>
      refusing(async () => {
        const path = fileOf(root, object.key)
        const partial = await writePartial(path, object)
        try {
          await link(partial, path)
          return 'created' as const
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return 'exists' as const
          throw error
        } finally {
          await rm(partial, { force: true })
        }
      }),
    startParts: (key) => refusing(async () => await startParts(fileOf(root, key))),
    close: () => undefined,
  }
}

async function read(root: string, bucket: string | undefined, key: string): Promise<Download> {
  if (bucket !== undefined) {
    throw new StoreRefusal('NoSuchBucket', `the object store is a directory and has no bucket ${bucket}`)
  }
  const file = await open(fileOf(root, key), 'r')
  const { size } = await file.stat()
  const body = file.createReadStream({ highWaterMark: 256 * 1024 })
  return { size, body, close: () => body.destroy() }
}

async function startParts(path: string) {
  const partial = partialOf(path)
  await mkdir(dirname(path), { recursive: true })
  const file = await open(partial, 'wx', 0o644)
  return {
    put: (number: number, bytes: Uint8Array, signal: AbortSignal) =>
      refusing(async () => {
        signal.throwIfAborted()
        await writeAll(file, bytes, (number - 1) * partSize)
      }),
    complete: () =>
      refusing(async () => {
        await file.datasync()
        await file.close()
        await rename(partial, path)
      }),
    async abort() {
      await file.close().catch(() => undefined)
      await rm(partial, { force: true }).catch(() => undefined)
    },
  }
}

async function writePartial(path: string, object: NewObject): Promise<string> {
  const partial = partialOf(path)
  await mkdir(dirname(path), { recursive: true })
  const file = await open(partial, 'wx', 0o644)
  try {
    await writeAll(file, object.body, 0)
    await file.datasync()
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return partial
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written, bytes.byteLength - written, position + written)).bytesWritten
  }
}

function partialOf(path: string): string {
  return `${path}.${randomUUID()}~`
}

/** A key comes from our own naming and from checked paths; this holds even so. */
function fileOf(root: string, key: string): string {
  const parts = key.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\\~]/.test(part))) {
    throw new StoreRefusal('InvalidKey', `${JSON.stringify(key)} is no key of an object`)
  }
  return join(root, ...parts)
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined || code === 'ABORT_ERR') throw error
    if (code === 'ENOENT') throw new StoreRefusal('NoSuchKey', 'there is no such object')
    throw new StoreRefusal(code, reasonOf(error))
  }
}
