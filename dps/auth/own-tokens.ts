import { type CryptoKey, type JWK, type KeyObject, SignJWT } from 'jose'
import { randomUUID } from 'node:crypto'
import type { Authorization } from './authorization.ts'

/** What tokens that we sign ourselves say. */
export interface OwnTokens {
  /** The private key; its public half stands in `jwks` or behind `jwksUri` of our registration. */
  readonly key: CryptoKey | KeyObject | JWK | Uint8Array
  /** An algorithm that fits the key, such as `ES256`, `RS256`, `EdDSA`. */
  readonly algorithm: string
  /** Names the key among those of the registration. */
  readonly keyId?: string
  readonly issuer: string
  /** Our dataplaneId: the control plane compares. */
  readonly subject: string
  /** The control plane's id. */
  readonly audience: string
  /** Seconds; default 60. */
  readonly lifetime?: number
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number
}

/** How far `iat` is dated back, in seconds: EDC 0.18 refuses one that is the least bit in the future by its own clock. */
const backdated = 5

/**
 * Tokens that a data plane signs itself, as the specification describes those of the client credentials profile: a new one, with its own
 * `jti`, for every request.
 */
export function ownTokens(options: OwnTokens): Authorization {
  const { key, algorithm, keyId, issuer, subject, audience, lifetime = 60, now = Date.now } = options
  return {
    async header() {
      const at = Math.floor(now() / 1_000)
      const token = await new SignJWT()
        .setProtectedHeader({ alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt(at - backdated)
        .setExpirationTime(at + lifetime)
        .setJti(randomUUID())
        .sign(key)
      return `Bearer ${token}`
    },
    refused() {
      // Nothing is kept.
    },
  }
}
