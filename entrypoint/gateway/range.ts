import type { Context } from 'koa'
import { z } from 'zod'
import { ServiceError } from '../../core/errors.ts'
import type { ByteRange } from '../../core/ports/object-store.ts'
import { readQuery } from '../http/query.ts'

/** What part of a file is asked for: the whole, one part, or something outside. */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'outside' }

const whole: RangeRequest = { kind: 'whole' }

const count = (least: 0 | 1) =>
  z
    .string('Give it once.')
    .regex(least === 0 ? /^\d{1,15}$/ : /^0*[1-9]\d{0,14}$/, `A whole number of bytes, at least ${least}.`)
    .transform(Number)
    .optional()

/** What a query may say in place of a Range header; other names in it mean nothing here. */
const partQuerySchema = z.object({ offset: count(0), length: count(1) })

/**
 * Refuses a query that asks for a part of what can be had as a whole only.
 * @throws ServiceError `invalid-query`: the whole in place of a part would spoil what the reader has
 */
export function refuseParts(ctx: Context, message: string): void {
  const names = ['offset', 'length'].filter((name) => ctx.query[name] !== undefined)
  if (names.length === 0) return
  throw new ServiceError('invalid-query', 'There are no parts of this.', {
    problems: names.map((where) => ({ where, message })),
  })
}

/**
 * Reads which part of a file a request wants: from `offset` and `length` in the query, which connectors' data planes pass on, else
 * from the `Range` header, which they do not. `If-Range` holds for both. For HEAD neither means anything (RFC 9110, section 14.2).
 * @param etag of the file, with quotes
 * @throws ServiceError `invalid-query` where offset or length is no number: the whole in place of a part would spoil what the reader has
 */
export function wantedPart(ctx: Context, size: number, etag: string): RangeRequest {
  const { offset, length } = readQuery(ctx, partQuerySchema)
  const ifRange = ctx.get('If-Range')
  if (ctx.method !== 'GET' || (ifRange !== '' && ifRange !== etag)) return whole
  if (offset === undefined && length === undefined) return readRange(ctx.get('Range'), size)
  return partOf(size, offset ?? 0, length)
}

/** The part that begins somewhere and has so many bytes, or as many as there are. All of it is the whole, also of an empty file. */
function partOf(size: number, offset: number, length: number = size): RangeRequest {
  if (offset === 0 && length >= size) return whole
  if (offset >= size) return { kind: 'outside' }
  return { kind: 'part', range: { start: offset, end: Math.min(offset + length, size) - 1 } }
}

/**
 * Reads a `Range` header (RFC 9110, section 14). Several ranges and units other than bytes may be ignored, and are: the whole
 * is sent.
 * @param size of the file, in bytes
 */
export function readRange(header: string, size: number): RangeRequest {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? '']
  if (match === null || (first === '' && last === '')) return whole
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? { kind: 'outside' } : { kind: 'part', range: { start: size - length, end: size - 1 } }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return whole
  return start >= size ? { kind: 'outside' } : { kind: 'part', range: { start, end } }
}
