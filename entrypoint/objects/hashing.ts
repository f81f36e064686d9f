import { createHash } from 'node:crypto'
import { ServiceError } from '../../core/errors.ts'

/** A stream that is counted and hashed as it passes. */
export interface Hashed {
  readonly body: AsyncIterable<Uint8Array>
  /** What passed so far. */
  sum(): { readonly size: number; readonly sha256: string }
}

/** Passes a stream on and hashes it; one with more bytes than allowed fails with `body-too-large`. */
export function hashed(source: AsyncIterable<Uint8Array>, maximumBytes: number): Hashed {
  const hash = createHash('sha256')
  let size = 0
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      size += chunk.byteLength
      if (size > maximumBytes) throw new ServiceError('body-too-large', `A file has more than ${maximumBytes} bytes.`)
      hash.update(chunk)
      yield chunk
    }
  }
  return { body: pass(), sum: () => ({ size, sha256: hash.copy().digest('hex') }) }
}
