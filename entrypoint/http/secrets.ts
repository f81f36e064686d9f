import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares two secrets in a time that tells nothing about either, also where their lengths differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest())
}

/** The token of an `Authorization: Bearer …` header, `undefined` where there is none. */
export function bearerToken(header: string): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header)?.[1]
}
