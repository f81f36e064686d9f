import { setTimeout } from 'node:timers/promises'
import type { Context, Middleware } from 'koa'
import { type ErrorCode, ServiceError } from '../../core/errors.ts'
import { Stale } from '../engine/apply.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { problemBody, problemType } from './problem-body.ts'

/**
 * How long a 503 is held back, in milliseconds. EDC 0.10 asks again as soon as it has the answer: 2,724 times in 2 s where it came at
 * once, 5 times where it came after 500 ms (measured on the real connector).
 */
const heldBackMs = 500

/** When to ask again after a 503. Seconds. */
export const retryAfterSeconds = '5'

/**
 * Turns every error into `application/problem+json` (RFC 9457) with a code from the catalogue. This is the only place that
 * knows both errors and HTTP. Unknown errors show nothing of themselves to the caller; the log has them under the request id.
 * @param unknownCode what an unknown error becomes: `not-ready` (503) for connectors, because they give up on most other answers
 */
export function problems(logger: Logger, unknownCode: (ctx: Context) => ErrorCode): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new ServiceError('not-found', nothingAt(ctx.path))
      // koa-router answers 501 to methods that it does not know at all
      if (ctx.status === 405 || ctx.status === 501)
        throw new ServiceError('method-not-allowed', `Allowed here: ${ctx.response.get('Allow')}.`)
    } catch (error) {
      const known = error instanceof ServiceError ? error : unknown(error, logger, ctx, unknownCode(ctx))
      if (known.code === 'store-unavailable')
        logger.error('request failed', { requestId: ctx.state['requestId'], error })
      if (known.status === 503) await setTimeout(heldBackMs, undefined, { ref: false })
      write(ctx, known)
    }
  }
}

function unknown(error: unknown, logger: Logger, ctx: Context, code: ErrorCode): ServiceError {
  // A connector would give its transfer up: it asks again after a 503, and finds then what it lost the race against.
  if (error instanceof Stale && code !== 'not-ready')
    return new ServiceError('changed-meanwhile', 'Somebody else, or the service itself, changed it first.')
  logger.error('request failed', { requestId: ctx.state['requestId'], error })
  return new ServiceError(code, 'The cause stands in the log of the service.', { cause: error })
}

/** Paths of connectors end with a secret: they are shown nowhere, not even to whoever sent them. */
function nothingAt(path: string): string {
  return /\/(connectors|dataplanes)\//i.test(path)
    ? 'There is nothing at this address.'
    : `There is nothing at ${path}.`
}

function write(ctx: Context, error: ServiceError): void {
  ctx.status = error.status
  if (error.status === 503 || error.status === 429) ctx.set('Retry-After', retryAfterSeconds)
  if (error.status === 401) ctx.set('WWW-Authenticate', 'Bearer')
  ctx.body = JSON.stringify(problemBody(error, String(ctx.state['requestId'])))
  ctx.type = problemType
}
