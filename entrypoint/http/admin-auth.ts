import type { Context, Middleware } from 'koa'
import { isLoopback } from '../../config/load.ts'
import { ServiceError } from '../../core/errors.ts'
import { bearerToken, sameSecret } from './secrets.ts'

/**
 * Guards the admin API. With a token, every request must carry it. Without one the listener is on loopback (the settings make
 * sure), and what is left to keep out are web pages in a browser of this machine: a request that names another host (DNS
 * rebinding) or comes from another site (Fetch Metadata) is refused.
 */
export function adminAuth(token: string | undefined): Middleware {
  return async (ctx, next) => {
    if (token !== undefined) {
      const given = bearerToken(ctx.get('Authorization'))
      if (given === undefined || !sameSecret(given, token)) {
        throw new ServiceError(
          'unauthorized',
          'The admin API asks for Authorization: Bearer with the value of DSC_ADMIN_TOKEN.',
        )
      }
    } else {
      if (!isLoopback(plain(ctx.hostname)) || comesFromElsewhere(ctx)) {
        throw new ServiceError(
          'unauthorized',
          'Without DSC_ADMIN_TOKEN the admin API answers to this machine only, at 127.0.0.1 or localhost, and to no page of another site.',
        )
      }
    }
    await next()
  }
}

/** Whether a web page of another site is behind the request. Not every browser sends Fetch Metadata to loopback, but then Origin. */
function comesFromElsewhere(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  const origin = ctx.get('Origin')
  if (site !== '' && site !== 'same-origin' && site !== 'none') return true
  return origin !== '' && (!URL.canParse(origin) || !isLoopback(plain(new URL(origin).hostname)))
}

/** A host name without the brackets that IPv6 addresses have in URLs. */
function plain(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
