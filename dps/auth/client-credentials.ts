import { decodeJwt } from 'jose'
import { z } from 'zod'
import type { Fetch } from '../client/send.ts'
import type { Authorization } from './authorization.ts'

/** Where tokens come from (RFC 6749, section 4.4). */
export interface ClientCredentials {
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly clientSecret: string
  /** Space-separated. */
  readonly scope?: string
  /** For servers that give tokens for one receiver: sent as `audience` and, with RFC 8707, as `resource`. */
  readonly audience?: string
  readonly resource?: string
  /**
   * Where the secret stands: in the form, as EDC sends it (default), or in the Authorization header, which RFC 6749 prefers.
   */
  readonly secretIn?: 'form' | 'header'
  /**
   * Whether a token serves for several requests. `auto` (default): not one with a `jti`, because EDC 0.18 takes each of these once only.
   */
  readonly reuse?: 'auto' | 'never'
  readonly fetch?: Fetch
  /** Milliseconds; default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number
}

/** How long before its end a token is no longer used, in milliseconds: a request takes its time, and clocks differ. */
const renewBeforeMs = 10_000

const tokenSchema = z.looseObject({
  access_token: z.string().min(1).max(65_536),
  token_type: z.string().regex(/^bearer$/i, 'expected Bearer'),
  expires_in: z.coerce.number().nonnegative().optional(),
})

/** A token that is kept, and until when it is used. */
interface KeptToken {
  readonly header: string
  readonly until: number
}

/**
 * Tokens of an authorization server by client credentials. A token is kept until shortly before it ends; requests of one moment share
 * one fetch, unless its tokens serve once only.
 */
export function clientCredentials(options: ClientCredentials): Authorization {
  const now = options.now ?? Date.now
  let kept: KeptToken | undefined
  let underWay: Promise<KeptToken> | undefined
  /** What the last token was like: as long as nothing is known, each request fetches its own. */
  let sharable = false
  const fetchOne = async (): Promise<KeptToken> => {
    const fetched = await fetchToken(options, now)
    sharable = fetched.until > now()
    return fetched
  }
  return {
    async header() {
      if (kept !== undefined && now() < kept.until) return kept.header
      if (!sharable) {
        const own = await fetchOne()
        if (sharable) kept = own
        return own.header
      }
      underWay ??= fetchOne()
        .then((fetched) => (kept = fetched))
        .finally(() => (underWay = undefined))
      return (await underWay).header
    },
    refused() {
      kept = undefined
    },
  }
}

async function fetchToken(options: ClientCredentials, now: () => number): Promise<KeptToken> {
  const { tokenEndpoint, clientId, clientSecret, scope, audience, resource, secretIn = 'form' } = options
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (secretIn === 'form') {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  } else headers['authorization'] = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`
  for (const [name, value] of Object.entries({ scope, audience, resource }))
    if (value !== undefined) form.set(name, value)
  const asked = now()
  const response = await (options.fetch ?? fetch)(tokenEndpoint, {
    method: 'POST',
    headers,
    body: form.toString(),
    redirect: 'manual',
    signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${tokenEndpoint} answered ${response.status}: ${errorIn(text)}`)
  const parsed = tokenSchema.safeParse(jsonIn(text))
  if (!parsed.success) throw new Error(`${tokenEndpoint} answered with no bearer token`)
  const { access_token: token, expires_in: seconds } = parsed.data
  const serves = options.reuse !== 'never' && !servesOnce(token)
  const until = serves && seconds !== undefined ? asked + seconds * 1_000 - renewBeforeMs : 0
  return { header: `Bearer ${token}`, until }
}

/** Whether receivers that remember tokens take it once only. */
function servesOnce(token: string): boolean {
  try {
    return decodeJwt(token).jti !== undefined
  } catch {
    return false // opaque to us
  }
}

/** RFC 6749, section 2.3.1: both parts are form-encoded before they become a Basic header. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function jsonIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** The error's code alone (RFC 6749, section 5.2): the rest of such an answer may repeat the request. */
function errorIn(text: string): string {
  const parsed = z.looseObject({ error: z.string().max(200) }).safeParse(jsonIn(text))
  return parsed.success ? parsed.data.error : 'no error code'
}
