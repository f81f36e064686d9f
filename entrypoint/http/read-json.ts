import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import { dataProblem } from '../../core/plain-data.ts'

/**
 * Reads a JSON body. Strict where common body parsers are not: the content type must be JSON, the bytes UTF-8, the size bounded
 * while it arrives, the nesting before anything follows it.
 * @param maximumBytes a longer body is `body-too-large`
 * @throws ServiceError `unsupported-media-type`, `body-too-large`, `invalid-body`
 */
export async function readJson(ctx: Context, maximumBytes: number): Promise<unknown> {
  if (ctx.is('application/json', '+json') === false) {
    throw new ServiceError('unsupported-media-type', 'Expected JSON, with Content-Type: application/json.')
  }
  const bytes = await readBytes(ctx, maximumBytes)
  if (bytes.byteLength === 0) throw new ServiceError('invalid-body', 'The body is empty; expected JSON.')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ServiceError('invalid-body', 'The body is not UTF-8.')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ServiceError(
      'invalid-body',
      `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const problem = dataProblem(value)
  if (problem !== undefined)
    throw new ServiceError('invalid-body', 'The body cannot be taken.', { problems: [problem] })
  return value
}

async function readBytes({ req }: Context, maximumBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of req) {
      if (!(chunk instanceof Uint8Array)) throw new ServiceError('invalid-body', 'The body is no sequence of bytes.')
      size += chunk.byteLength
      if (size > maximumBytes)
        throw new ServiceError(
          'body-too-large',
          `The body has more than ${maximumBytes} bytes, the most that is taken here.`,
        )
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('invalid-body', 'The request was cut off.', { cause: error }) // nobody is left to read this
  }
  return Buffer.concat(chunks)
}
