/**
 * The SHA-256 of a whole file in a `Repr-Digest` or `Content-Digest` header (RFC 9530), as 64 hexadecimal digits; `undefined` where there is
 * none. Of a body that was not asked for in parts and is not encoded both speak of the same bytes.
 */
export function announcedDigest(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  for (const name of ['repr-digest', 'content-digest']) {
    const value = headers[name]
    const digest = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(typeof value === 'string' ? value : '')?.[1]
    if (digest !== undefined) return Buffer.from(digest, 'base64').toString('hex')
  }
  return undefined
}
