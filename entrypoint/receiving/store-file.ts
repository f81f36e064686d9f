import { createHash } from 'node:crypto'
import { ServiceError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { ReceptionRefusal } from './refusal.ts'

/** What a file must be, as far as that is known. */
export interface ExpectedFile {
  /** For messages. */
  readonly path: string
  readonly size?: number
  /** 64 hexadecimal digits. */
  readonly sha256?: string
}

/**
 * Writes a body to the object store, which gets to its end only where it is as expected: of anything else no object comes into being.
 * @param maximumBytes a longer one is refused
 * @throws ReceptionRefusal `wrong-content`, `too-large`; whatever the body or the store throw
 */
export async function storeFile(
  objects: ObjectStore,
  key: string,
  body: AsyncIterable<Uint8Array>,
  expected: ExpectedFile,
  maximumBytes: number,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const checked = checking(body, expected)
  try {
    if (expected.size !== 0) return await objects.putStream(key, checked, expected.size ?? maximumBytes)
    // Nothing is to come; that nothing comes is seen by reading it.
    for await (const _ of checked) continue
    await objects.put(key, '', 'application/octet-stream')
    return { size: 0, sha256: createHash('sha256').digest('hex') }
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'body-too-large') throw error
    throw new ReceptionRefusal(
      'too-large',
      `${expected.path} has more than ${maximumBytes} bytes, the most that is taken.`,
    )
  }
}

async function* checking(
  body: AsyncIterable<Uint8Array>,
  { path, size, sha256 }: ExpectedFile,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of body) {
    read += chunk.byteLength
    hash.update(chunk)
    if (size !== undefined && read > size) throw wrong(`${path} has more than the ${size} bytes that were announced.`)
    yield chunk
  }
  if (size !== undefined && read < size) throw wrong(`${path} has ${read} bytes, not the ${size} that were announced.`)
  if (sha256 !== undefined && hash.digest('hex') !== sha256)
    throw wrong(`${path} is not the file that was announced: its SHA-256 differs.`)
}

function wrong(message: string): ReceptionRefusal {
  return new ReceptionRefusal('wrong-content', message)
}
