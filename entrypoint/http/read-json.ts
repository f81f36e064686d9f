import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'

/**
 * Reads a JSON body. Strict where common body parsers are not: the content type must be JSON, the bytes UTF-8, the size bounded
 * while it arrives.
 * @param maximumBytes a longer body is `body-too-large`
 * @throws ServiceError `unsupported-media-type`, `body-too-large`, `invalid-body`
 */
export async function readJson(ctx: Context, maximumBytes: number): Promise<unknown> {
  if (ctx.is('application/json', '+json') === false) {
    throw new ServiceError('unsupported-media-type', 'Expected application/json.')
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of ctx.req) {
    if (!(chunk instanceof Uint8Array)) throw new ServiceError('invalid-body', 'The body is no sequence of bytes.')
    size += chunk.byteLength
    if (size > maximumBytes) throw new ServiceError('body-too-large', `The body has more than ${maximumBytes} bytes.`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch (error) {
    throw new ServiceError(
      'invalid-body',
      `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
