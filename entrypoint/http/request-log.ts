import type { Middleware } from 'koa'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { clientAddress } from './client-address.ts'
import type { RefusedRequest } from './refuse-connection.ts'

/** Takes a request that was answered; `milliseconds` until the answer was ready to be sent. */
export type Measure = (answered: {
  readonly listener: string
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}) => void

/** Ids from outside that are taken over: short and harmless in a log. */
const acceptableId = /^[A-Za-z0-9._-]{1,64}$/

/**
 * Gives every request an id (the caller's `X-Request-Id` where it is harmless) and logs and measures its end. What is logged is the route's
 * template, never the path: paths of connectors hold secrets. Health checks are not logged.
 */
export function requestLog(
  listener: string,
  {
    logger,
    clock,
    ids,
    measure,
    trustedProxies = [],
  }: { logger: Logger; clock: Clock; ids: Ids; measure?: Measure; trustedProxies?: readonly string[] },
): Middleware {
  const client = clientAddress(trustedProxies)
  return async (ctx, next) => {
    const sent = ctx.get('X-Request-Id')
    const requestId = acceptableId.test(sent) ? sent : ids.next()
    ctx.state['requestId'] = requestId
    ctx.set('X-Request-Id', requestId)
    const from = client(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'))
    const begin = clock.now()
    await next()
    const { route: named }: { route?: unknown } = ctx.state
    const template = typeof named === 'string' ? named : 'none'
    const milliseconds = clock.now() - begin
    measure?.({ listener, route: template, status: ctx.status, milliseconds })
    if (template !== 'health') {
      logger.info('request', {
        listener,
        requestId,
        method: ctx.method,
        route: template,
        status: ctx.status,
        milliseconds,
        client: from,
      })
    }
  }
}

/** Logs and measures requests that HTTP itself forbids, which reach no route. */
export function refusedLog(
  listener: string,
  { logger, measure }: { logger: Logger; measure?: Measure },
): (request: RefusedRequest) => void {
  return ({ requestId, error: { code, status, message } }) => {
    measure?.({ listener, route: 'none', status, milliseconds: 0 })
    logger.info('request refused', { listener, requestId, status, code, detail: message })
  }
}
