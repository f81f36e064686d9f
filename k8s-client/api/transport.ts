import type { Readable } from 'node:stream'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { readRetryAfter } from '../../core/retry-after.ts'
import { ApiError, hasStatus } from './api-error.ts'
import type { Access, AccessSource } from './access.ts'

/** Most connections to the API server at a time; further calls wait for one. A watch holds one. */
const maximumConnections = 32
/** How long a connection is kept after its last use. Longer than the pauses between two looks at the same jobs. */
const keepAliveMs = 30_000
/** How long the API server may take to accept a connection, to begin to answer, and between two pieces of an answer. */
const connectTimeoutMs = 10_000
const answerTimeoutMs = 20_000
/** How long a call with its whole answer may take, however slowly the answer drips; a page of 500 pods takes a second. */
const wholeCallMs = 60_000
/** Idle connections are probed below the idle limit of load balancers, often 60 s (client-go: 30 s). */
const tcpProbeMs = 30_000

/** One call of the Kubernetes API. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path with query, beginning with `/`. */
  readonly path: string
  readonly body?: unknown
  /** Of the body. @default application/json */
  readonly contentType?: string
  /** @default application/json */
  readonly accept?: string
  readonly signal?: AbortSignal
  /** How long no byte may come before the answer counts as broken off; 0 for no limit. Milliseconds. */
  readonly idleMs?: number
}

/** An answer read to its end. */
export interface Answer {
  /** Parsed JSON. */
  readonly body: unknown
  /** What the API server warns of (`Warning` headers), such as a violated Pod Security standard. */
  readonly warnings: readonly string[]
}

/**
 * Speaks to one API server over a pool of connections. @kubernetes/client-node opens a TLS connection for every call
 * (93 reads a second one after the other, against 421 over one pool), so only its configuration and types are used.
 */
export class Transport {
  readonly #credentials: AccessSource
  readonly #heard: (serverTime: number) => void
  #pool: { readonly identity: string; readonly dispatcher: Dispatcher } | undefined
  /** Pools that take no new calls, and still have some under way. */
  readonly #retired = new Set<Dispatcher>()

  /** @param heard is told the API server's time with each answer, milliseconds since 1970, to the second */
  constructor(credentials: AccessSource, heard: (serverTime: number) => void = () => undefined) {
    this.#credentials = credentials
    this.#heard = heard
  }

  /**
   * Sends a call and reads the answer as JSON.
   * @throws ApiError for a status of 400 and above; another Error where there was no whole answer
   */
  async send(call: Call): Promise<Answer> {
    const { headers, body } = await this.open({ ...call, signal: call.signal ?? AbortSignal.timeout(wholeCallMs) })
    const text = await readText(body)
    try {
      return { body: JSON.parse(text) as unknown, warnings: warningsIn(headers['warning']) }
    } catch (error) {
      const begin = JSON.stringify(text.slice(0, 100))
      throw new Error(
        `${call.method} ${call.path} was answered with what is no JSON, as by a proxy in between: ${begin}`,
        {
          cause: error,
        },
      )
    }
  }

  /**
   * Sends a call and gives the answer as it comes in. The caller reads it to its end or destroys it.
   * @throws ApiError for a status of 400 and above; another Error where there was no answer
   */
  async open(call: Call): Promise<{ readonly headers: Dispatcher.ResponseData['headers']; readonly body: Readable }> {
    try {
      return await this.#request(call, await this.#credentials.current())
    } catch (error) {
      if (hasStatus(error, 401)) return this.#request(call, await this.#credentials.renew())
      // A kept connection that the server closed meanwhile: reading again is harmless.
      if (call.method === 'GET' && isClosedConnection(error) && !(call.signal?.aborted ?? false))
        return this.#request(call, await this.#credentials.current())
      throw error
    }
  }

  /** Closes every connection; calls under way fail. */
  async close(): Promise<void> {
    const pools = [...this.#retired, ...(this.#pool === undefined ? [] : [this.#pool.dispatcher])]
    this.#pool = undefined
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  async #request(call: Call, access: Access) {
    const name = `${call.method} ${call.path.replace(/\?.*$/, '')}`
    const dispatcher = this.#dispatcher(access)
    const response = await dispatcher
      .request({
        origin: new URL(access.server).origin,
        path: basePath(access.server) + call.path,
        method: call.method,
        headers: {
          ...access.headers,
          accept: call.accept ?? 'application/json',
          'user-agent': 'dataspace-compute',
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        // Else undici ends the connection after a DELETE with a body, and the next call pays for a TLS handshake.
        reset: false,
        headersTimeout: answerTimeoutMs,
        bodyTimeout: call.idleMs ?? answerTimeoutMs,
        signal: call.signal ?? null,
      })
      .catch((error: unknown) => {
        this.#suspect(dispatcher, error)
        const why = error instanceof Error ? error.message : String(error)
        throw new Error(`the Kubernetes API server at ${access.server} gave no answer to ${name}: ${why}`, {
          cause: error,
        })
      })
    response.body.on('error', (error) => this.#suspect(dispatcher, error))
    const serverTime = Date.parse(String(response.headers['date']))
    if (!Number.isNaN(serverTime)) this.#heard(serverTime)
    if (response.statusCode >= 400) {
      const retryAfterMs = readRetryAfter(oneOf(response.headers['retry-after']), Date.now()) ?? 0
      throw new ApiError(name, response.statusCode, await readText(response.body), retryAfterMs)
    }
    return { headers: response.headers, body: response.body }
  }

  /** Where one connection turns out to be dead, the others of its pool are as old: none of them is used again. */
  #suspect(dispatcher: Dispatcher, error: unknown): void {
    if (!silence.has(codeOf(error)) || this.#pool?.dispatcher !== dispatcher) return
    this.#pool = undefined
    this.#retire(dispatcher)
  }

  /** Lets the calls under way end by themselves; a failure to close then concerns nobody any more. */
  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher)
    dispatcher
      .close()
      .catch(() => undefined)
      .finally(() => this.#retired.delete(dispatcher))
  }

  /** The pool, made anew when the kubeconfig's certificates or addresses changed. */
  #dispatcher(access: Access): Dispatcher {
    if (this.#pool?.identity === access.identity) return this.#pool.dispatcher
    const old = this.#pool?.dispatcher
    this.#pool = { identity: access.identity, dispatcher: makeDispatcher(access) }
    if (old !== undefined) this.#retire(old)
    return this.#pool.dispatcher
  }
}

/** No byte came for too long, before the answer or within it. */
const silence: ReadonlySet<unknown> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function makeDispatcher({ certificates, proxy }: Access): Dispatcher {
  // One request per connection at a time: a watch that hangs is ended by ending its connection, and nothing else with it.
  const pool = { connections: maximumConnections, pipelining: 1, allowH2: false, keepAliveTimeout: keepAliveMs }
  const connect = { timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: tcpProbeMs }
  if (proxy === undefined) return new Agent({ ...pool, connect: { ...certificates, ...connect } })
  if (proxy.startsWith('socks'))
    throw new Error(`proxy-url ${proxy} in the kubeconfig: SOCKS proxies are not supported; use an http proxy`)
  return new ProxyAgent({ ...pool, uri: proxy, requestTls: certificates, connectTimeout: connectTimeoutMs })
}

function basePath(server: string): string {
  const { pathname } = new URL(server)
  return pathname === '/' ? '' : pathname
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

/** `299 - "text"`, several in one header separated by commas (RFC 9110 leaves the rest to RFC 7234, section 5.5). */
function warningsIn(header: string | string[] | undefined): string[] {
  const texts = header === undefined ? [] : Array.isArray(header) ? header : [header]
  return texts.flatMap((text) =>
    [...text.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1')),
  )
}

function isClosedConnection(error: unknown): boolean {
  const code = codeOf(error instanceof Error ? error.cause : undefined)
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
