import type { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { includesRole } from '../../core/access/caller.ts'
import { ServiceError } from '../../core/errors.ts'
import { callerOf } from './caller-of.ts'
import { type AccessRule, neededRole } from './rule.ts'

/** A route as it is registered. */
export interface RegisteredRoute {
  readonly method: string
  /** As the router has it, such as `/api/v1/jobs/:id`. */
  readonly path: string
  readonly rule: AccessRule
}

const rules = new WeakMap<object, AccessRule>()

/**
 * Stands first in every route: names it for the log, and lets nobody pass whom its rule keeps out. The admin rules are enforced here;
 * `connector`, `result-token` and `reception-token` by the route itself, because what they ask for is about the thing in its path.
 * @param template what the log and the metrics call it; paths themselves hold secrets
 */
export function route(template: string, rule: AccessRule): Middleware {
  const enter: Middleware = async (ctx, next) => {
    ctx.state['route'] = template
    enforce(ctx, rule)
    await next()
  }
  rules.set(enter, rule)
  return enter
}

function enforce(ctx: Context, rule: AccessRule): void {
  const role = neededRole[rule]
  if (role === undefined) return
  const caller = callerOf(ctx)
  if (!includesRole(caller.role, role))
    throw new ServiceError('forbidden', `This asks for the role ${role}; ${caller.name} has the role ${caller.role}.`)
}

/**
 * Every route of a router.
 * @throws where one has no rule, or does something before its rule is looked at
 */
export function registeredRoutes(router: Router): readonly RegisteredRoute[] {
  return router.stack.flatMap(({ path, methods, stack }) => {
    const [first] = stack
    const rule = first === undefined ? undefined : rules.get(first)
    if (rule === undefined && methods.length > 0)
      throw new Error(
        `the route ${methods.join(', ')} ${String(path)} does not begin with route(…): it has no access rule`,
      )
    return rule === undefined ? [] : methods.map((method) => ({ method, path: String(path), rule }))
  })
}
