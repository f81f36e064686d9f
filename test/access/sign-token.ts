import { constants, createPrivateKey, sign } from 'node:crypto'
import type { JWK } from 'jose'

/** A signature algorithm that the tests sign with. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'RS384' | 'RS512' | 'PS384' | 'PS512'

/** A part of a token: an object, or text that is no object or has things in it that no library would write. */
export type Part = string | Readonly<Record<string, unknown>>

/** One part as it stands in a token. */
export function encoded(part: Part | Uint8Array): string {
  const bytes = part instanceof Uint8Array ? part : typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(bytes as string).toString('base64url')
}

/** A token of exactly these parts, rightly signed, whatever they say. */
export function signedToken(
  header: Part | Uint8Array,
  claims: Part | Uint8Array,
  alg: SigningAlgorithm,
  key: JWK,
): string {
  const content = `${encoded(header)}.${encoded(claims)}`
  return `${content}.${signature(content, alg, key).toString('base64url')}`
}

/** The signature of a token's first two parts (RFC 7518, section 3). */
export function signature(content: string, alg: SigningAlgorithm, key: JWK): Buffer {
  const secret = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const data = Buffer.from(content)
  if (alg === 'EdDSA') return sign(null, data, secret)
  const digest = `sha${alg.slice(2)}`
  if (alg === 'ES256') return sign(digest, data, { key: secret, dsaEncoding: 'ieee-p1363' })
  if (alg.startsWith('RS')) return sign(digest, data, secret)
  return sign(digest, data, {
    key: secret,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
}
