import { createHash } from 'node:crypto'
import { addAbortSignal, Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../../core/backoff.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { openObject } from '../gateway/open-object.ts'
import type { Body } from '../gateway/send-body.ts'
import { ResultUnreadable } from './trouble.ts'

/** How often in a row, without a byte in between, a file may break off before it counts as unreadable for now. */
const mostBreaks = 6

/**
 * The bytes of one file of a result, held to its size and SHA-256 while they pass. Where the object store breaks off, reading goes on from
 * there. The last piece is held back until the digest is known to be right: so nobody who counts bytes ever has all of a wrong file.
 * @throws ResultUnreadable, also where the bytes are not those of the manifest
 */
export async function* verifiedFile(
  objects: ObjectStore,
  key: string,
  { path, size, sha256 }: ResultFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let held: Uint8Array | undefined
  for (let position = 0, breaks = 0; position < size; ) {
    try {
      const body = await openObject(objects, key, position === 0 ? undefined : { start: position, end: size - 1 })
      for await (const chunk of abortable(body, signal)) {
        position += chunk.byteLength
        if (position > size) break
        breaks = 0
        hash.update(chunk)
        if (held !== undefined) yield held
        held = chunk
      }
      if (position === size) break
      if (position > size) throw new ResultUnreadable(`the object store has more than ${size} bytes of ${path}`)
      throw new Error(`the object store broke off at byte ${position}`)
    } catch (error) {
      signal.throwIfAborted()
      breaks += 1
      if (error instanceof ResultUnreadable) throw error
      if (breaks >= mostBreaks) throw new ResultUnreadable(`${path} cannot be read`, { cause: error })
      await pause(backoff(breaks, Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
  if (hash.digest('hex') !== sha256)
    throw new ResultUnreadable(`${path} is not what the manifest says: its SHA-256 differs`)
  if (held !== undefined) yield held
}

function abortable(body: Body, signal: AbortSignal): Body {
  return body instanceof Readable ? addAbortSignal(signal, body) : body
}
