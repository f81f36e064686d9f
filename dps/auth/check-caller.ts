import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { type Caller, DataPlaneError } from '../data-plane.ts'
import type { DataPlaneRequest } from '../server/form.ts'

/** A control plane whose tokens are taken. */
export interface TrustedControlPlane {
  readonly controlPlaneId: string
  /** What stands in `iss`. */
  readonly issuer: string
  /** Its public keys, or where they are. One of the two is needed: without a signature a token proves nothing. */
  readonly keys: JSONWebKeySet | URL
}

/** Which tokens are taken. */
export interface TokenRules {
  /**
   * The control plane that a `sub` names; undefined where it is not known. The two are the same in the specification; an authorization
   * server may have its own name for a client. It is asked at every request, before the signature is checked.
   */
  readonly controlPlane: (subject: string) => TrustedControlPlane | undefined
  /**
   * Our own id, which must stand in `aud` (RC3). Undefined: not looked at, for RC2 demands none, and then tokens for other receivers are
   * taken, too.
   */
  readonly audience: string | undefined
  /** How far clocks may be apart, in seconds. Default: 5. */
  readonly tolerance?: number
  /**
   * Refuses a token whose `jti` came before, as the specification advises. Default false: a control plane whose connection broke sends the
   * same request with the same token again, and EDC takes the refusal for the end of the transfer. What came is remembered in memory.
   */
  readonly refuseReplays?: boolean
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number
}

/** Asymmetric ones only: what is public cannot be a shared secret (RFC 8725, section 3.1). */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Tells which control plane calls, by its bearer token (specification, "Authorization Profiles"): signature, `iss`, `sub`, `aud`, `exp`, and an
 * `iat` that is not in the future.
 * @returns a function that throws DataPlaneError 401 `unauthenticated`, or 503 `keys-unreachable` where the keys cannot be fetched
 */
export function checkCaller(rules: TokenRules): (request: DataPlaneRequest) => Promise<Caller> {
  const { controlPlane, audience, tolerance = 5, now = Date.now } = rules
  // Both keep what they fetched or imported.
  const remote = new Map<string, JWTVerifyGetKey>()
  const local = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>()
  const refuseReplay = rules.refuseReplays === true ? replayGuard() : undefined
  const keysOf = ({ keys }: TrustedControlPlane): JWTVerifyGetKey => {
    if (keys instanceof URL) {
      const found = remote.get(keys.href) ?? createRemoteJWKSet(keys)
      remote.set(keys.href, found)
      return found
    }
    const found = local.get(keys) ?? createLocalJWKSet(keys)
    local.set(keys, found)
    return found
  }
  return async ({ headers }) => {
    const token = bearerToken(headers['authorization'])
    const subject = subjectOf(token)
    const trusted = controlPlane(subject)
    if (trusted === undefined) throw refused('it is of no control plane that is known here')
    const claims = await verified(token, keysOf(trusted), {
      issuer: trusted.issuer,
      subject,
      ...(audience === undefined ? {} : { audience }),
      algorithms,
      clockTolerance: tolerance,
      currentDate: new Date(now()),
      requiredClaims: ['iss', 'sub', 'iat', 'exp', ...(audience === undefined ? [] : ['aud'])],
    })
    const seconds = now() / 1_000
    if ((claims.iat ?? 0) > seconds + tolerance) throw refused('it was issued in the future')
    refuseReplay?.(claims, seconds - tolerance)
    return { controlPlaneId: trusted.controlPlaneId }
  }
}

/** Takes every caller for one control plane: for a loopback interface, or behind something that authenticates. */
export function anyCaller(controlPlaneId: string): () => Promise<Caller> {
  return async () => ({ controlPlaneId })
}

function bearerToken(header: string | readonly string[] | undefined): string {
  const token = typeof header === 'string' ? /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1] : undefined
  if (token === undefined) throw refused('expected one header Authorization: Bearer and a token')
  return token
}

function subjectOf(token: string): string {
  try {
    return decodeJwt(token).sub ?? ''
  } catch (error) {
    throw refused('it is no JSON Web Token', error)
  }
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refused('it has expired', error)
    // Claims are looked at after the signature: these words go to nobody but who has a token of the control plane.
    if (error instanceof errors.JWTClaimValidationFailed)
      throw refused(`its claim ${error.claim} is not what is expected`, error)
    if (ofToken.some((kind) => error instanceof kind)) throw refused('its signature is not right', error)
    throw new DataPlaneError(503, 'keys-unreachable', 'The keys by which tokens are checked cannot be had now.', {
      cause: error,
    })
  }
}

/** What is wrong with the token itself; everything else is a matter of the keys. */
const ofToken = [
  errors.JWSSignatureVerificationFailed,
  errors.JWSInvalid,
  errors.JWTInvalid,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
]

/** Remembers tokens until they have ended. */
function replayGuard(): (claims: JWTPayload, oldest: number) => void {
  const seen = new Map<string, number>()
  let clearAt = 1_000
  return ({ iss, jti, exp = 0 }, oldest) => {
    if (jti === undefined) return
    const key = JSON.stringify([iss, jti])
    if (seen.has(key)) throw refused('it was used before')
    seen.set(key, exp)
    if (seen.size < clearAt) return
    for (const [old, end] of seen) if (end < oldest) seen.delete(old)
    clearAt = Math.max(1_000, 2 * seen.size)
  }
}

function refused(why: string, cause?: unknown): DataPlaneError {
  return new DataPlaneError(401, 'unauthenticated', `The bearer token is refused: ${why}.`, { cause })
}
