import { hasUniqueNames } from './unique-names.ts'

/** Longest token that is looked at, in characters. Those of common providers have 1,000 to 3,000. */
export const mostTokenCharacters = 8_192

/** What `typ` may say: a JWT, or an access token (RFC 9068). Not an ID token's logout token, not a DPoP proof. */
const types = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'])

/** Parameters that a header may have. Those that bring or name keys (`jwk`, `jku`, `x5u`, `x5c`), or change how it is read (`crit`, `b64`, `zip`, `cty`), are not among them. */
const headerParameters = new Set(['alg', 'kid', 'typ', 'x5t', 'x5t#S256'])

/** Whether a text is three parts with dots between, as signed tokens are. */
export function looksLikeToken(text: string): boolean {
  return /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text)
}

/**
 * Looks at everything about a token that needs no key. It is stricter than the standards where they leave choices that nobody needs.
 * @param algorithms the signature algorithms that are taken
 * @returns why it is refused, `undefined` where it is not
 */
export function faultOfForm(token: string, algorithms: readonly string[]): string | undefined {
  if (token.length > mostTokenCharacters) return `it has more than ${mostTokenCharacters} characters`
  const parts = token.split('.')
  const [header = '', claims = '', signature = ''] = parts
  if (parts.length !== 3 || signature === '') return 'it is not signed'
  if (![header, claims, signature].every(isCanonical)) return 'it is not encoded as tokens are'
  const head = readObject(header)
  if (head === undefined || readObject(claims) === undefined)
    return 'it holds no JSON objects, or one with a name twice'
  const foreign = Object.keys(head).find((name) => !headerParameters.has(name))
  if (foreign !== undefined) return 'its header has a parameter that is not taken here'
  if (typeof head['alg'] !== 'string' || !algorithms.includes(head['alg']))
    return 'its signature algorithm is not taken here'
  if (typeof head['typ'] !== 'string' || !types.has(head['typ'].toLowerCase()))
    return 'its typ is not that of an access token'
  const { kid } = head
  return kid === undefined || (typeof kid === 'string' && kid.length <= 256) ? undefined : 'its kid is no name'
}

/** One text for each sequence of bytes: no bits that mean nothing. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !hasUniqueNames(text)) return undefined
    return Object.fromEntries(Object.entries(value))
  } catch {
    return undefined
  }
}
