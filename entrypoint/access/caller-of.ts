import type { Context } from 'koa'
import type { Caller } from '../../core/access/caller.ts'
import { ServiceError } from '../../core/errors.ts'

/** Keyed by the request, not by a name in `ctx.state`: nothing else can set it by accident. */
const callers = new WeakMap<object, Caller>()

/** Notes who calls; done by the admin API's authentication alone. */
export function noteCaller(ctx: Pick<Context, 'req'>, caller: Caller): void {
  callers.set(ctx.req, caller)
}

/** Who calls, `undefined` where nobody was recognised. */
export function knownCaller(ctx: Pick<Context, 'req'>): Caller | undefined {
  return callers.get(ctx.req)
}

/**
 * Who calls the admin API.
 * @throws ServiceError `unauthorized` where nobody was recognised
 */
export function callerOf(ctx: Pick<Context, 'req'>): Caller {
  const caller = callers.get(ctx.req)
  if (caller === undefined) throw new ServiceError('unauthorized', 'Nobody was recognised behind this request.')
  return caller
}
