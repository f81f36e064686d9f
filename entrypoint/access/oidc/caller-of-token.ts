import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Caller, Role } from '../../../core/access/caller.ts'
import { ServiceError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { providerKeys } from './key-set.ts'
import { faultOfForm } from './read-token.ts'
import { roleInClaims } from './role-in-claims.ts'

/** Which tokens are taken, and what they allow. */
export interface OidcRules {
  /** Exactly as it stands in `iss`. */
  readonly issuer: string
  /** Must be (among) what stands in `aud`. */
  readonly audience: string
  /** Signature algorithms; asymmetric ones only. */
  readonly algorithms: readonly string[]
  readonly roleClaim: string
  readonly roles: Readonly<Record<Role, readonly string[]>>
}

/**
 * Tells who calls with a token of the OpenID provider.
 * @throws ServiceError `unauthorized` for a token that is not right, `forbidden` for a right one that gives no role,
 * `identity-provider-unreachable` where that cannot be told
 */
export type TokenCheck = (token: string) => Promise<Caller>

/** How far clocks may be apart, in seconds. */
const toleranceSeconds = 60

/** How claims that name somebody must look: plain, and short enough for a log. */
const plainName = /^[\u0021-\u007E]{1,255}$/

/** Imported keys, by the set that they came in. */
const resolvers = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>()

/** Checks access tokens that an OpenID provider signed (RFC 9068, RFC 8725). What it needs is loaded with the first token. */
export function tokenCheck(rules: OidcRules, clock: Clock, logger: Logger): TokenCheck {
  const keys = providerKeys(rules.issuer, clock, logger)
  return async (token) => {
    const fault = faultOfForm(token, rules.algorithms)
    if (fault !== undefined) throw refused(fault)
    const known = await keys.current()
    let claims = await verified(token, known, rules, clock)
    if (claims === 'unknown-key') {
      const newer = await keys.newer(known)
      claims = newer === undefined ? 'unknown-key' : await verified(token, newer, rules, clock)
    }
    if (claims === 'unknown-key') throw refused('it is signed with a key that is not the provider’s')
    const role = roleInClaims(claims, rules.roleClaim, rules.roles)
    const { sub = '' } = claims
    if (role === undefined)
      throw new ServiceError('forbidden', `The claim ${rules.roleClaim} of the token gives no role that is known here.`)
    return { kind: 'oidc', id: sub, name: clientIn(claims) ?? sub, role }
  }
}

async function verified(
  token: string,
  keys: JSONWebKeySet,
  { issuer, audience, algorithms }: OidcRules,
  clock: Clock,
): Promise<JWTPayload | 'unknown-key'> {
  const { createLocalJWKSet, errors, jwtVerify } = await import('jose')
  const now = clock.now()
  let payload: JWTPayload
  try {
    const options = {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
    }
    let resolve = resolvers.get(keys)
    if (resolve === undefined) resolvers.set(keys, (resolve = createLocalJWKSet(keys)))
    ;({ payload } = await jwtVerify(token, resolve, options))
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown-key'
    // Claims are looked at after the signature, so these words go to nobody but who has a token of the provider.
    if (error instanceof errors.JWTExpired) throw refused('it has expired')
    if (error instanceof errors.JWTClaimValidationFailed)
      throw refused(`its claim ${error.claim} is not what is expected`)
    throw refused('its signature is not right', error)
  }
  const { sub, iat, exp, nbf } = payload
  if (![iat, exp, nbf].every((time) => time === undefined || Number.isSafeInteger(Math.floor(time))))
    throw refused('one of its times is none')
  if (iat !== undefined && iat > now / 1_000 + toleranceSeconds) throw refused('it was issued in the future')
  if (typeof sub !== 'string' || !plainName.test(sub)) throw refused('its claim sub is not what is expected')
  return payload
}

function clientIn({ client_id: id, azp }: JWTPayload): string | undefined {
  return [azp, id].find((name): name is string => typeof name === 'string' && plainName.test(name))
}

function refused(why: string, cause?: unknown): ServiceError {
  return new ServiceError('unauthorized', `The bearer token is refused: ${why}.`, { cause })
}
