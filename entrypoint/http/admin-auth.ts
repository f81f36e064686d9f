import type { Middleware } from 'koa'
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
      const site = ctx.get('Sec-Fetch-Site')
      if (
        !isLoopback(ctx.hostname.replace(/^\[|\]$/g, '')) ||
        (site !== '' && site !== 'same-origin' && site !== 'none')
      ) {
        throw new ServiceError('unauthorized', 'Without DSC_ADMIN_TOKEN the admin API answers to this machine only.')
      }
    }
    await next()
  }
}
