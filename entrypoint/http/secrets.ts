import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares two secrets in a time that tells nothing about either, also where their lengths differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest())
}

/** The same for one of several secrets, as there are while one is rotated: each is compared, whichever it is. */
export function sameAsOne(given: string, expected: readonly string[]): boolean {
  return expected.map((one) => sameSecret(given, one)).includes(true)
}

/**
 * The token of an `Authorization: Bearer …` header, `undefined` where there is none.
 * @param longest a longer token is none, in characters
 */
export function bearerToken(header: string, longest = 512): string | undefined {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1]
  return token === undefined || token.length > longest ? undefined : token
}
