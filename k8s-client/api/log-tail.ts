import type { Readable } from 'node:stream'

/**
 * Reads a log to its end and keeps its last bytes, from the first whole line on. Memory stays at about twice `maximumBytes`, whatever
 * the log's length; the API itself could only cut off the end, which is the part that tells why something failed.
 */
export async function readTail(body: Readable, maximumBytes: number): Promise<string> {
  let kept: Buffer[] = []
  let size = 0
  let cut = false
  for await (const chunk of body as AsyncIterable<Buffer>) {
    kept.push(chunk)
    size += chunk.length
    if (size > 2 * maximumBytes) {
      kept = [Buffer.concat(kept).subarray(size - maximumBytes)]
      size = maximumBytes
      cut = true
    }
  }
  const whole = Buffer.concat(kept)
  if (!cut && whole.length <= maximumBytes) return whole.toString('utf8')
  const tail = whole.subarray(Math.max(0, whole.length - maximumBytes))
  const lineEnd = tail.indexOf('\n')
  return tail.subarray(lineEnd === -1 || lineEnd === tail.length - 1 ? 0 : lineEnd + 1).toString('utf8')
}
