import type { Authorization } from '../auth/authorization.ts'

/** How a request to the other side ended. */
export type Outcome =
  /** 2xx. */
  | { readonly outcome: 'taken' }
  /** Not now, and it has had no effect: send it again later. `status` is absent where the request never went out. */
  | { readonly outcome: 'later'; readonly status?: number; readonly reason: string }
  /** The connection broke, the time was up, or a proxy answered: it may have had its effect. Read the state before sending it again. */
  | { readonly outcome: 'unclear'; readonly reason: string }
  /** Never, in this form. */
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string }

/** A part of the standard `fetch`, so that it can be replaced: by one with a proxy, certificates, a pool. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: string
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<Response>

/** What requests to one place have in common. */
export interface Sending {
  readonly authorization?: Authorization | undefined
  /** Fixed headers, such as the key of a management API. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch?: Fetch | undefined
  /** How long one request may take altogether, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number | undefined
}

/** Answers that are final for this request. All other refusals may pass: EDC says 401, 404, 405, 409 and 500 while it is not ready. */
const final: ReadonlySet<number> = new Set([400, 402, 403, 406, 410, 411, 412, 413, 414, 415, 416, 417, 422, 431])

/** Answers of a proxy that may have handed the request on. */
const ofProxies: ReadonlySet<number> = new Set([502, 504])

/** Failures by which nothing was sent. */
const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Longest part of an answer that is read and becomes a reason, in bytes. */
const reasonBytes = 1_000

/**
 * Sends a request once and says what came of it. Redirects are not followed: they would carry the credentials elsewhere.
 * @param body sent as JSON; undefined sends none
 */
export async function send(method: string, url: string, body: unknown, sending: Sending): Promise<Outcome> {
  const { authorization, headers = {}, fetch: ask = fetch, timeoutMs = 10_000 } = sending
  let authenticated = headers
  try {
    if (authorization !== undefined) authenticated = { ...headers, authorization: await authorization.header() }
  } catch (error) {
    return { outcome: 'later', reason: `there is no token for the request: ${textOf(error)}` }
  }
  let response: Response
  try {
    response = await ask(url, {
      method,
      headers: { ...authenticated, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    const reason = textOf(error)
    return beforeSending.has(codeOf(error)) ? { outcome: 'later', reason } : { outcome: 'unclear', reason }
  }
  const { status } = response
  const text = await startOf(response)
  if (response.ok) return { outcome: 'taken' } // the status is the answer
  if (status === 401) authorization?.refused()
  const reason = `${method} ${url} was answered with ${status}${text === '' ? '' : `: ${text}`}`
  if (ofProxies.has(status)) return { outcome: 'unclear', reason }
  if (final.has(status) || status < 400) return { outcome: 'refused', status, reason }
  return { outcome: 'later', status, reason }
}

/** The first part of a body; what cannot be read is nothing, for the status has come. Read to its end, the connection is used again. */
async function startOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.byteLength
      if (bytes > reasonBytes) break // which closes the connection
    }
  } catch {
    // The connection broke, or the time was up.
  }
  return Buffer.concat(chunks).subarray(0, reasonBytes).toString('utf8')
}

function codeOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {}
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message
}
