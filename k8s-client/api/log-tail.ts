import type { Readable } from 'node:stream'
import type { LogPart } from '../../core/ports/backend.ts'

/**
 * Reads a log to its end and keeps what follows a byte; of that, where it is more than `maximumBytes`, the end from the first whole
 * line on. Memory stays at about twice `maximumBytes`, whatever the log's length; the API itself could only cut off the end, which is
 * the part that tells why something failed.
 * @param from a log that is shorter is a new one (the kubelet rotates at 10 MiB by default) and kept from its beginning
 */
export async function readTail(body: Readable, from: number, maximumBytes: number): Promise<LogPart> {
  let kept: Buffer[] = []
  let size = 0
  let read = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    kept.push(chunk)
    size += chunk.length
    read += chunk.length
    if (size > 2 * maximumBytes) {
      kept = [Buffer.concat(kept).subarray(size - maximumBytes)]
      size = maximumBytes
    }
  }
  const wanted = read - (from > read ? 0 : from)
  const whole = Buffer.concat(kept)
  if (wanted <= maximumBytes) return { start: read - wanted, bytes: whole.subarray(whole.length - wanted) }
  const tail = whole.subarray(whole.length - maximumBytes)
  const lineEnd = tail.indexOf('\n')
  const bytes = tail.subarray(lineEnd === -1 || lineEnd === tail.length - 1 ? 0 : lineEnd + 1)
  return { start: read - bytes.length, bytes }
}
