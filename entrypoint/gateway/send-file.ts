import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { readRange } from './range.ts'

/**
 * Sends a file of a result, or the part that `Range` asks for. What a worker wrote is nobody's web page: it goes out as an
 * attachment that a browser neither guesses a type for nor runs.
 */
export async function sendFile(ctx: Context, objects: ObjectStore, key: string, file: ResultFile): Promise<void> {
  const etag = `"${file.sha256}"`
  ctx.set({
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
    'Content-Disposition': `attachment; filename="${file.path.split('/').at(-1) ?? 'result'}"`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
  })
  const contentType = file.mediaType ?? 'application/octet-stream'
  ctx.set('Content-Type', contentType)
  if (ctx.get('If-None-Match') === etag) {
    ctx.status = 304
    return
  }
  const ifRange = ctx.get('If-Range')
  // Range means nothing for HEAD (RFC 9110, section 14.2).
  const mayRange = ctx.method === 'GET' && (ifRange === '' || ifRange === etag)
  const wanted = mayRange ? readRange(ctx.get('Range'), file.size) : { kind: 'whole' as const }
  if (wanted.kind === 'outside') {
    ctx.set('Content-Range', `bytes */${file.size}`)
    throw new ServiceError('range-not-satisfiable', `The file has ${file.size} bytes.`)
  }
  const range = wanted.kind === 'part' ? wanted.range : undefined
  if (range !== undefined) ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${file.size}`)
  ctx.status = range === undefined ? 200 : 206
  ctx.length = range === undefined ? file.size : range.end - range.start + 1
  if (ctx.method === 'HEAD') return
  if (file.size === 0) {
    ctx.body = Buffer.alloc(0)
    ctx.set('Content-Type', contentType)
    return
  }
  const body = await objects.open(key, range)
  if (body === undefined) throw new Error(`the object ${key} is missing`)
  const { length } = ctx.response
  ctx.body = body instanceof Readable ? body : Readable.from(body)
  ctx.set('Content-Type', contentType) // koa sets its own for streams
  ctx.length = length
}
