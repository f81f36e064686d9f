import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { attach } from './attachment.ts'
import { openObject } from './open-object.ts'
import { wantedPart } from './range.ts'
import { exactly, sendBody } from './send-body.ts'

/**
 * Sends a file of a result, or the part of it that is asked for.
 * @param delivering called when a body begins; what it gives takes the bytes
 */
export async function sendFile(
  ctx: Context,
  objects: ObjectStore,
  key: string,
  file: ResultFile,
  delivering?: () => (bytes: number) => void,
): Promise<void> {
  const etag = `"${file.sha256}"`
  const wanted = wantedPart(ctx, file.size, etag)
  const name = file.path.split('/').at(-1) ?? 'result'
  const mediaType = file.mediaType ?? 'application/octet-stream'
  ctx.set('Repr-Digest', `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`)
  if (attach(ctx, { name, mediaType, etag, ranges: true })) return
  if (wanted.kind === 'outside') {
    ctx.set('Content-Range', `bytes */${file.size}`)
    throw new ServiceError('range-not-satisfiable', `The file has ${file.size} bytes.`)
  }
  const range = wanted.kind === 'part' ? wanted.range : undefined
  if (range !== undefined) ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${file.size}`)
  const length = range === undefined ? file.size : range.end - range.start + 1
  ctx.status = range === undefined ? 200 : 206
  ctx.length = length
  if (ctx.method === 'HEAD') return
  if (length === 0) {
    ctx.body = Buffer.alloc(0)
    return
  }
  const body = await openObject(objects, key, range)
  sendBody(ctx, length, (keep) => exactly(keep(body), length, key), delivering?.())
}
