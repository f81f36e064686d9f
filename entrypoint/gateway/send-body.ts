import { addAbortSignal, Readable } from 'node:stream'
import type { Context } from 'koa'

/** Bytes that are read while they are sent. */
export type Body = AsyncIterable<Uint8Array>

/**
 * Sends so many bytes as fast as they are taken. When the reader goes away, what is still being read from is let go at once, also
 * where it says nothing; an error on the way cuts the connection, so that no reader takes a part for the whole.
 * @param make is given what lets an opened body go with the reader
 * @param given takes the bytes that are handed to the connection
 */
export function sendBody(
  ctx: Context,
  length: number,
  make: (keep: (opened: Body) => Body) => Body,
  given: (bytes: number) => void = () => undefined,
): void {
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  const keep = (opened: Body): Body => (opened instanceof Readable ? addAbortSignal(gone.signal, opened) : opened)
  const contentType = ctx.response.get('Content-Type')
  ctx.body = Readable.from(counted(make(keep), given))
  ctx.set('Content-Type', contentType) // koa takes its own for streams
  ctx.length = length
}

async function* counted(body: Body, given: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    given(chunk.byteLength)
    yield chunk
  }
}

/**
 * The same bytes, none more and none fewer than announced: a connection with a wrong Content-Length would hang, or look complete.
 * The last piece is held back until it is known to be the last: then the answer ends with it, before a reader who has counted goes away.
 * @param what names the object in the error
 */
export async function* exactly(body: Body, length: number, what: string): AsyncGenerator<Uint8Array> {
  let left = length
  let held: Uint8Array | undefined
  for await (const chunk of body) {
    left -= chunk.byteLength
    if (left < 0) break
    if (held !== undefined) yield held
    held = chunk
  }
  if (left !== 0) throw new Error(`${what} has ${left < 0 ? 'more' : `${left} fewer`} bytes than announced (${length})`)
  if (held !== undefined) yield held
}
