import { createHash, hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { PartsLost, type PartUpload, type SidecarStore, partSize } from '../store/store.ts'
import type { BufferPool } from './buffer-pool.ts'
import { letArrive } from '../let-arrive.ts'
import { assertUnchanged, openOutput, type OutputFile, readFully } from './output-file.ts'

/** How often a file is begun anew when the store lost its parts (or the answer that they are complete got lost). */
const partsTries = 3

/**
 * Sends a file in one request, signed with the hash that also goes into the manifest.
 * @param pool of buffers that hold the whole file
 * @returns its SHA-256
 */
export async function sendWhole(
  store: SidecarStore,
  file: OutputFile,
  key: string,
  pool: BufferPool,
  signal: AbortSignal,
): Promise<string> {
  const handle = await openOutput(file)
  try {
    const buffer = await pool.take(signal)
    try {
      const body = await readFully(file, handle, buffer, file.size)
      await assertUnchanged(file, handle)
      const sha256 = hash('sha256', body, 'hex')
      await store.put({ key, body, sha256, ...mediaTypeOf(file) }, signal)
      return sha256
    } finally {
      pool.give(buffer)
    }
  } finally {
    await handle.close()
  }
}

/**
 * Sends a file in parts, several at a time, hashing it in order as it is read.
 * @param pool of buffers of `partSize`
 * @returns its SHA-256
 */
export async function sendInParts(
  store: SidecarStore,
  file: OutputFile,
  key: string,
  pool: BufferPool,
  signal: AbortSignal,
): Promise<string> {
  for (let tried = 1; ; tried++) {
    const handle = await openOutput(file)
    try {
      const parts = await store.startParts(key, file.mediaType, signal)
      try {
        const sha256 = await sendParts(parts, file, handle, pool, signal)
        await assertUnchanged(file, handle)
        await parts.complete(signal)
        return sha256
      } catch (error) {
        await parts.abort()
        if (!(error instanceof PartsLost) || tried === partsTries) throw error
      }
    } finally {
      await handle.close()
    }
  }
}

async function sendParts(
  parts: PartUpload,
  file: OutputFile,
  handle: FileHandle,
  pool: BufferPool,
  signal: AbortSignal,
): Promise<string> {
  const sum = createHash('sha256')
  const failed = new AbortController()
  const late = letArrive(failed.signal)
  const both = AbortSignal.any([signal, failed.signal])
  const sent = AbortSignal.any([signal, late.signal])
  const sending: Promise<void>[] = []
  const send = async (number: number, buffer: Buffer, bytes: Buffer) => {
    try {
      await parts.put(number, bytes, sent)
    } catch (error) {
      failed.abort(error)
    } finally {
      pool.give(buffer)
    }
  }
  try {
    for (let number = 1, position = 0; position < file.size; number++, position += partSize) {
      const buffer = await pool.take(both)
      try {
        const bytes = await readFully(file, handle, buffer, Math.min(partSize, file.size - position))
        sum.update(bytes)
        sending.push(send(number, buffer, bytes))
      } catch (error) {
        pool.give(buffer)
        throw error
      }
    }
  } catch (error) {
    failed.abort(error)
  }
  // Buffers must not be given to others, nor parts be removed, while something is still sent from them.
  await Promise.all(sending)
  late.end()
  both.throwIfAborted()
  return sum.digest('hex')
}

function mediaTypeOf(file: OutputFile): { mediaType?: string } {
  return file.mediaType === undefined ? {} : { mediaType: file.mediaType }
}
