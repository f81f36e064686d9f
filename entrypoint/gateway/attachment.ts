import type { Context } from 'koa'

/** What is said of a file that is sent. */
export interface Attachment {
  /** The name under which a browser saves it: ASCII, no quotes. */
  readonly name: string
  readonly mediaType: string
  /** With quotes. */
  readonly etag: string
  /** Whether a part of it can be had. */
  readonly ranges: boolean
}

/**
 * Sets the headers of a file. What a worker wrote is nobody's web page: it goes out as an attachment that a browser neither
 * guesses a type for nor runs.
 * @returns whether the caller has this file already (`If-None-Match`); then the answer is 304, and complete
 */
export function attach(ctx: Context, { name, mediaType, etag, ranges }: Attachment): boolean {
  ctx.set({
    ETag: etag,
    'Accept-Ranges': ranges ? 'bytes' : 'none',
    'Content-Type': mediaType,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
  })
  if (ctx.get('If-None-Match') !== etag) return false
  ctx.status = 304
  return true
}
