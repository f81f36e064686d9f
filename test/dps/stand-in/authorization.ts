import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'

/** The one kind that EDC 0.18 knows; another is accepted at registration and fails at the first signal. */
const clientCredentials = z.looseObject({
  type: z.literal('oauth2_client_credentials'),
  tokenEndpoint: z.string().optional(),
  clientId: z.string().optional(),
  clientSecret: z.string().optional(),
  jwksUri: z.string().optional(),
  jwks: z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
})

type Profile = Readonly<Record<string, unknown>>

/** The Authorization header for a signal: a new token for each, by client credentials. @throws Error where there is none to be had */
export async function authorizationHeader(profile: Profile): Promise<string> {
  const { tokenEndpoint, clientId, clientSecret } = known(profile)
  const answer = await fetch(tokenEndpoint ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId ?? '',
      client_secret: clientSecret ?? '',
    }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`)
  const { access_token } = z.looseObject({ access_token: z.string() }).parse(await answer.json())
  return `Bearer ${access_token}`
}

/** Checks the tokens of callbacks as EDC 0.18 does. It remembers every `jti`. */
export class CallbackTokens {
  readonly #used = new Set<string>()

  /** The data plane that the header proves. @throws Error for a header that proves nothing */
  async caller(header: string | undefined, profile: Profile): Promise<string> {
    const { jwksUri, jwks } = known(profile)
    const token = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : undefined
    if (token === undefined) throw new Error('No valid Authorization header present')
    const claims = await payload(token, jwksUri, jwks)
    const now = Date.now() / 1000
    if (claims.exp === undefined) throw new Error('exp is missing')
    if (claims.exp <= now) throw new Error('the token has expired')
    if (claims.nbf !== undefined && claims.nbf > now) throw new Error('nbf is in the future')
    if (claims.iat !== undefined && claims.iat > now) throw new Error('iat is in the future')
    if (claims.jti !== undefined && this.#used.has(claims.jti)) throw new Error('jti was used before')
    if (claims.jti !== undefined) this.#used.add(claims.jti)
    if (claims.sub === undefined) throw new Error('sub is missing')
    return claims.sub
  }
}

function known(profile: Profile): z.output<typeof clientCredentials> {
  const read = clientCredentials.safeParse(profile)
  if (!read.success) throw new Error(`Authorization ${String(profile['type'])} not supported`)
  return read.data
}

/** Without keys in the registration, the signature is not looked at. */
async function payload(token: string, uri: string | undefined, keys: JSONWebKeySet | undefined): Promise<JWTPayload> {
  if (uri !== undefined) return (await jwtVerify(token, createRemoteJWKSet(new URL(uri)))).payload
  if (keys !== undefined) return (await jwtVerify(token, createLocalJWKSet(keys))).payload
  return decodeJwt(token)
}
