import type { Context, Middleware } from 'koa'
import type { Action } from '../../core/audit/actions.ts'
import type { AuditDraft } from '../../core/audit/entry.ts'
import { type ErrorCode, ServiceError } from '../../core/errors.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { knownCaller } from '../access/caller-of.ts'
import { clientAddress } from '../http/client-address.ts'

/** Refusals of one kind within this time make one entry; the next one tells how many there were. Milliseconds. */
const windowMs = 60_000
/** Most kinds of refusals that are told apart; what comes beyond is one kind more. */
const mostKinds = 200

/** Refusals that are of interest whatever the address. */
const requestCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['forbidden', 'too-many-attempts', 'unauthorized'])
/** Refusals of connectors' messages. */
const messageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'asset-unknown',
  'connector-unknown',
  'foreign-callback-address',
  'invalid-message',
])

/** Codes of refusals by a data plane (dps), which writes its answers itself and leaves them in `ctx.state.refused`. */
const callerCodes: ReadonlySet<string> = new Set(['unauthenticated', 'not-allowed'])

/** What refusals are noted with. */
export interface RefusalParts {
  readonly store: Pick<AuditStore, 'appendAudit'>
  readonly clock: Clock
  readonly logger: Logger
  readonly trustedProxies: readonly string[]
}

interface Kind {
  /** When its window began, milliseconds since 1970. */
  since: number
  /** Refusals in it that no entry tells of. */
  unwritten: number
}

/**
 * Writes refusals into the audit log, at most one entry a minute for each kind (listener, route, code), so that nobody can fill the log from
 * outside. It stands before authentication, and no answer waits for it.
 */
export function auditRefusals(listener: 'public' | 'admin', parts: RefusalParts): Middleware {
  const kinds = new Map<string, Kind>()
  const client = clientAddress(parts.trustedProxies)
  const told = (ctx: Context, action: Action, code: string): void => {
    const missed = admitted(kinds, `${listener} ${routeOf(ctx)} ${code}`, parts.clock.now())
    if (missed === undefined) return
    const from = client(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'))
    note(parts, draftOf(ctx, listener, action, code, { from: from ?? 'unknown', missed }))
  }
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const action = error instanceof ServiceError ? actionFor(error.code, ctx) : undefined
      if (action !== undefined && error instanceof ServiceError) told(ctx, action, error.code)
      throw error
    }
    const { refused }: { refused?: unknown } = ctx.state
    if (typeof refused !== 'string' || ctx.status >= 500) return
    if (callerCodes.has(refused)) told(ctx, 'request.refused', refused)
    else if (routeOf(ctx).endsWith('/dataflows/start')) told(ctx, 'provision.refused', refused)
  }
}

function actionFor(code: ErrorCode, ctx: Context): Action | undefined {
  if (requestCodes.has(code)) return 'request.refused'
  return messageCodes.has(code) && routeOf(ctx) === '/connectors/:id/provision' ? 'provision.refused' : undefined
}

/** How many of this kind were passed over since the last entry, or `undefined` where this one is passed over, too. */
function admitted(kinds: Map<string, Kind>, name: string, now: number): number | undefined {
  const key = kinds.has(name) || kinds.size < mostKinds ? name : 'others'
  const kind = kinds.get(key)
  if (kind !== undefined && now >= kind.since && now < kind.since + windowMs) {
    kind.unwritten += 1
    return undefined
  }
  kinds.set(key, { since: now, unwritten: 0 })
  return kind?.unwritten ?? 0
}

function draftOf(
  ctx: Context,
  listener: string,
  action: Action,
  code: string,
  { from, missed }: { readonly from: string; readonly missed: number },
): AuditDraft {
  const caller = knownCaller(ctx)
  const { id: connectorId }: { id?: string } = /^\/(connectors|dataplanes)\//.test(routeOf(ctx)) ? ctx['params'] : {}
  return {
    actor:
      caller === undefined
        ? { kind: 'nobody' }
        : { kind: 'operator', id: caller.id, name: caller.name, via: caller.kind },
    action,
    object: { kind: 'request', id: `${ctx.method} ${routeOf(ctx)}` },
    outcome: 'refused',
    requestId: String(ctx.state['requestId']),
    detail: {
      listener,
      code,
      client: from,
      ...(connectorId === undefined ? {} : { connectorId }),
      ...(missed === 0 ? {} : { othersBefore: missed }),
    },
  }
}

/** The route's template, never the path, which may hold a secret. */
function routeOf(ctx: Context): string {
  const { route }: { route?: unknown } = ctx.state
  return typeof route === 'string' ? route : 'none'
}

function note({ store, logger }: RefusalParts, draft: AuditDraft): void {
  store.appendAudit([draft]).catch((error: unknown) => logger.error('a refusal is not in the audit log', { error }))
}
