import type { Context, Middleware } from 'koa'
import { isLoopback } from '../../config/load.ts'
import type { Caller } from '../../core/access/caller.ts'
import { ServiceError } from '../../core/errors.ts'
import { idInKey } from '../access/api-key.ts'
import { callerOfKey, type KeyCheck } from '../access/caller-of-key.ts'
import { noteCaller } from '../access/caller-of.ts'
import { failureLimit } from '../access/failure-limit.ts'
import type { TokenCheck } from '../access/oidc/caller-of-token.ts'
import { looksLikeToken, mostTokenCharacters } from '../access/oidc/read-token.ts'
import { clientAddress } from './client-address.ts'
import { bearerToken, sameSecret } from './secrets.ts'

/** What opens the admin API. */
export interface AdminAuthParts extends KeyCheck {
  /** The value of DSC_ADMIN_TOKEN. */
  readonly token: string | undefined
  /** Checks tokens of the OpenID provider, where one is configured. */
  readonly openId?: TokenCheck | undefined
  /** Proxies that are believed about the client's address. @default none */
  readonly trustedProxies?: readonly string[]
}

/**
 * Finds out who calls the admin API, or lets nobody pass; what the caller may do is up to the rule of each route. The credentials are
 * DSC_ADMIN_TOKEN, an API key or a token of the OpenID provider. Where neither token nor provider is configured the listener is on
 * loopback (the settings make sure), a request without credentials is the administrator's, and what is left to keep out are web pages in
 * a browser of this machine: a request that names another host (DNS rebinding) or comes from another site (Fetch Metadata) is refused.
 */
export function adminAuth(parts: AdminAuthParts): Middleware {
  const client = clientAddress(parts.trustedProxies ?? [])
  const failures = failureLimit(parts.clock)
  return async (ctx, next) => {
    const header = ctx.get('Authorization')
    if (header === '') {
      noteCaller(ctx, callerWithout(ctx, parts))
    } else {
      const address = client(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'))
      failures.check(address)
      noteCaller(
        ctx,
        await callerWith(header, parts).catch((error: unknown) => {
          if (error instanceof ServiceError && error.code === 'unauthorized') failures.note(address)
          throw error
        }),
      )
    }
    await next()
  }
}

async function callerWith(header: string, parts: AdminAuthParts): Promise<Caller> {
  const given = bearerToken(header, mostTokenCharacters)
  if (given === undefined) throw new ServiceError('unauthorized', 'The Authorization header holds no bearer token.')
  if (parts.token !== undefined && sameSecret(given, parts.token))
    return { kind: 'token', id: 'token', name: 'DSC_ADMIN_TOKEN', role: 'admin' }
  if (idInKey(given) !== undefined) {
    const caller = await callerOfKey(parts, given)
    if (caller !== undefined) return caller
    throw new ServiceError('unauthorized', 'There is no such API key, or it has expired or was revoked.')
  }
  if (parts.openId !== undefined && looksLikeToken(given)) return parts.openId(given)
  throw new ServiceError('unauthorized', `The bearer token is none that opens the admin API. ${whatOpens(parts)}`)
}

function callerWithout(ctx: Context, parts: AdminAuthParts): Caller {
  if (parts.token !== undefined || parts.openId !== undefined)
    throw new ServiceError('unauthorized', `The admin API asks for credentials. ${whatOpens(parts)}`)
  if (!isLoopback(plain(ctx.hostname)) || comesFromElsewhere(ctx)) {
    throw new ServiceError(
      'unauthorized',
      'Without DSC_ADMIN_TOKEN the admin API answers to this machine only, at 127.0.0.1 or localhost, and to no page of another site.',
    )
  }
  return { kind: 'local', id: 'local', name: 'this machine', role: 'admin' }
}

function whatOpens({ token, openId }: AdminAuthParts): string {
  const ways = [
    ...(token === undefined ? [] : ['the value of DSC_ADMIN_TOKEN']),
    'an API key',
    ...(openId === undefined ? [] : ['an access token of the OpenID provider']),
  ]
  return `Send Authorization: Bearer with ${ways.join(' or ')}.`
}

/** Whether a web page of another site is behind the request. Not every browser sends Fetch Metadata to loopback, but then Origin. */
function comesFromElsewhere(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  const origin = ctx.get('Origin')
  if (site !== '' && site !== 'same-origin' && site !== 'none') return true
  return origin !== '' && !isLoopback(plain(URL.parse(origin)?.hostname ?? ''))
}

/** A host name without the brackets that IPv6 addresses have in URLs. */
function plain(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
