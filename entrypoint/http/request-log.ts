import type { Middleware } from 'koa'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'

/** Ids from outside that are taken over: short and harmless in a log. */
const acceptableId = /^[A-Za-z0-9._-]{1,64}$/

/**
 * Gives every request an id (the caller's `X-Request-Id` where it is harmless) and logs its end. What is logged is the route's
 * template, never the path: paths of connectors hold secrets. Health checks are not logged.
 */
export function requestLog(listener: string, logger: Logger, clock: Clock, ids: Ids): Middleware {
  return async (ctx, next) => {
    const sent = ctx.get('X-Request-Id')
    const requestId = acceptableId.test(sent) ? sent : ids.next()
    ctx.state['requestId'] = requestId
    ctx.set('X-Request-Id', requestId)
    const begin = clock.now()
    await next()
    const template: unknown = ctx.state['route']
    if (template !== 'health') {
      logger.info('request', {
        listener,
        requestId,
        method: ctx.method,
        route: template ?? 'none',
        status: ctx.status,
        milliseconds: clock.now() - begin,
      })
    }
  }
}

/** Names the route of a request for the log. */
export function route(template: string): Middleware {
  return async (ctx, next) => {
    ctx.state['route'] = template
    await next()
  }
}
