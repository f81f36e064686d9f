import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Result } from '../../core/job/job.ts'
import { filesPrefix } from '../../core/job/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { attach } from './attachment.ts'
import { openObject } from './open-object.ts'
import { refuseParts } from './range.ts'
import { sendBody } from './send-body.ts'
import { layOutZip } from './zip.ts'

/** Name of a result's archive below its address. */
export const archiveName = 'files.zip'

/**
 * Sends every file of a result as one zip archive, made while it is sent. It has no parts: the end of an archive holds the
 * checksums of all its files, so a part would cost as much as the whole.
 * @param delivering called when the archive begins; what it gives takes the bytes
 */
export async function sendZip(
  ctx: Context,
  objects: ObjectStore,
  result: Result,
  delivering?: () => (bytes: number) => void,
): Promise<void> {
  const { manifest, registeredAt } = result
  refuseParts(ctx, 'An archive has no parts. Read the files one by one: each can be had in parts.')
  const files = manifest.files.map(({ path, size, sha256 }) => [path, size, sha256])
  const etag = createHash('sha256')
    .update(JSON.stringify(['zip', 1, registeredAt, files]))
    .digest('hex')
  if (attach(ctx, { name: archiveName, mediaType: 'application/zip', etag: `"${etag}"`, ranges: false })) return
  const zip = layOutZip(manifest.files, registeredAt)
  ctx.status = 200
  ctx.length = zip.length
  if (ctx.method === 'HEAD') return
  const prefix = filesPrefix(result)
  sendBody(
    ctx,
    zip.length,
    (keep) => zip.stream(async ({ path }) => keep(await openObject(objects, prefix + path))),
    delivering?.(),
  )
}
