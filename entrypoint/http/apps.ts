import { Router } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import type { ErrorCode } from '../../core/errors.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { problems } from './problem.ts'
import { type Measure, requestLog } from './request-log.ts'

/** What every app needs. */
export interface AppParts {
  readonly logger: Logger
  readonly clock: Clock
  readonly ids: Ids
  /** Takes what every request took. */
  readonly measure?: Measure
}

/** An app with request ids, a request log and problem+json around routers and middleware, in order. */
export function makeApp(
  listener: string,
  parts: AppParts,
  unknownCode: (path: string) => ErrorCode,
  inside: readonly (Router | Middleware)[],
): Koa {
  const app = new Koa()
  app.silent = true // errors are logged where they are turned into problems
  app.on('error', (error: unknown) => parts.logger.warn('response failed', { listener, error }))
  app.use(requestLog(listener, parts))
  app.use(problems(parts.logger, (ctx) => unknownCode(ctx.path)))
  for (const one of inside) {
    if (one instanceof Router) app.use(one.routes()).use(one.allowedMethods())
    else app.use(one)
  }
  return app
}
