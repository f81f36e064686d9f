import { Router } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { type ErrorCode, ServiceError } from '../../core/errors.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { type RegisteredRoute, registeredRoutes } from '../access/route.ts'
import { basePath } from './base-path.ts'
import { answerLastErrors } from './last-resort.ts'
import { problems } from './problem.ts'
import { type Measure, requestLog } from './request-log.ts'

/** What every app needs. */
export interface AppParts {
  readonly logger: Logger
  readonly clock: Clock
  readonly ids: Ids
  /** Takes what every request took. */
  readonly measure?: Measure
  /** Proxies whose X-Forwarded-For tells the client for the request log. @default none */
  readonly trustedProxies?: readonly string[]
  /** Path of the address under which the listener is reached, such as `/compute`. @default none */
  readonly basePath?: string
}

const routes = new WeakMap<Koa, readonly RegisteredRoute[]>()

/** Every route of an app that was made here, with the rule that says who may use it. */
export function routesOf(app: Koa): readonly RegisteredRoute[] {
  return routes.get(app) ?? []
}

/**
 * An app with request ids, a request log and problem+json around routers and middleware, in order.
 * @throws where a route has no access rule
 */
export function makeApp(
  listener: string,
  parts: AppParts,
  unknownCode: (path: string) => ErrorCode,
  inside: readonly (Router | Middleware)[],
): Koa {
  const app = new Koa()
  app.silent = true // errors are logged where they are turned into problems
  app.on('error', (error: unknown) => parts.logger.warn('response failed', { listener, error }))
  answerLastErrors(app)
  app.use(basePath(parts.basePath ?? ''))
  app.use(requestLog(listener, parts))
  app.use(problems(parts.logger, (ctx) => unknownCode(ctx.path)))
  app.use(hostNamed)
  routes.set(
    app,
    inside.flatMap((one) => (one instanceof Router ? registeredRoutes(one) : [])),
  )
  for (const one of inside) {
    if (one instanceof Router) app.use(one.routes()).use(one.allowedMethods())
    else app.use(one)
  }
  return app
}

/** HTTP/1.1 asks for a Host header (RFC 9112, section 3.2). */
const hostNamed: Middleware = async (ctx, next) => {
  if (ctx.req.httpVersion === '1.1' && ctx.req.headers.host === undefined)
    throw new ServiceError('malformed-request', 'The request has no Host header.')
  await next()
}
