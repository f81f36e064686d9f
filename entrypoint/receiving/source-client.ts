import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { readRetryAfter } from '../../core/retry-after.ts'
import { codeOf, reasonOf } from '../../sidecar/failure.ts'
import { type CheckedAddress, plainHost } from '../../sidecar/fetch/address.ts'
import { admit } from '../../sidecar/fetch/admit.ts'
import { limitConnecting, lookupOf } from '../../sidecar/fetch/checked-connection.ts'
import { InputRefusal } from '../../sidecar/fetch/input-refusal.ts'
import { httpFor } from '../../sidecar/http.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { ReceptionRefusal } from './refusal.ts'

/** An answer whose body comes as it is read. */
export interface SourceAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Fails with a TransientError where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>
  /** What the header Retry-After asks for, in milliseconds. */
  readonly retryAfterMs?: number
  /** Lets go of a body that is not read to its end. */
  close(): void
}

/** Where data is fetched from: one provider's addresses, with what opens them. */
export interface SourceClient {
  /**
   * Asks for an address; every status is an answer but redirects, which are followed.
   * @throws ReceptionRefusal where the address may not be called, TransientError where nobody answers
   */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<SourceAnswer>
  /** Ends all connections. */
  close(): void
}

/** What a client is made of. */
export interface SourceClientOptions {
  /** Hosts with private addresses that may be called. */
  readonly allowedHosts: readonly string[]
  /** Sent to the origin of the first address alone. */
  readonly header?: { readonly name: string; readonly value: string }
  readonly signal: AbortSignal
  /** @default sourceTimes */
  readonly times?: SourceTimes
}

/** How long a provider is waited for, in milliseconds. */
export interface SourceTimes {
  /** For its name to resolve, and again for the connection (with TLS) to stand. */
  readonly connectMs: number
  /** How long nothing may arrive. */
  readonly stallMs: number
}

/** Used outside of tests. */
const sourceTimes: SourceTimes = { connectMs: 10_000, stallMs: 60_000 }

const mostRedirects = 3
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Speaks with a provider's data plane. Every address is held to the rules before it is called: http or https, no user name, no port of
 * another protocol, and public unless its host is allowed; the connection goes to the addresses that were checked. Redirects are held
 * to the same, none leads from https to http, and none takes the credentials to another origin.
 */
export function sourceClient(options: SourceClientOptions): SourceClient {
  const { header, signal, allowedHosts, times = sourceTimes } = options
  const agents = new Map<string, Agent>()
  const admitted = new Map<string, readonly CheckedAddress[]>()
  const agentFor = (protocol: string): Agent => {
    const agent = agents.get(protocol) ?? new (httpFor(protocol).Agent)({ keepAlive: true })
    agents.set(protocol, agent)
    return agent
  }
  /** Once per origin: files by the thousand need no name resolved anew. */
  const addressesOf = async (url: URL): Promise<readonly CheckedAddress[]> => {
    const known = admitted.get(url.origin)
    if (known !== undefined) return known
    const { addresses } = await admit(url.href, allowedHosts, times.connectMs, signal)
    admitted.set(url.origin, addresses)
    return addresses
  }
  return {
    async get(first, headers = {}) {
      try {
        let url = new URL(first)
        const { origin } = url
        for (let count = 0; ; count += 1) {
          const addresses = await addressesOf(url)
          const own = header !== undefined && url.origin === origin ? { [header.name]: header.value } : {}
          const message = await ask(url, { ...headers, ...own }, agentFor(url.protocol), addresses, times, signal)
          const status = message.statusCode ?? 0
          if (!redirects.has(status)) return answerOf(message)
          message.destroy()
          if (count === mostRedirects)
            throw new ReceptionRefusal('access-refused', `The provider redirects more than ${mostRedirects} times.`)
          url = redirected(url, message.headers.location)
        }
      } catch (error) {
        signal.throwIfAborted()
        throw explained(error)
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function redirected(from: URL, location: string | undefined): URL {
  const to = location === undefined ? null : URL.parse(location, from.href)
  if (to === null) throw new ReceptionRefusal('access-refused', 'The provider redirects without saying where to.')
  if (from.protocol === 'https:' && to.protocol !== 'https:')
    throw new ReceptionRefusal('address-refused', 'The provider redirects from https to another protocol.')
  return to
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
  addresses: readonly CheckedAddress[],
  times: SourceTimes,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const message = httpFor(url.protocol).request({
    agent,
    host: plainHost(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'dataspace-compute',
      ...headers,
    },
    timeout: times.stallMs,
    signal,
    lookup: lookupOf(addresses),
  })
  const silence = new TransientError(`nothing arrived for ${times.stallMs / 1000} s`)
  message.on('timeout', () => message.destroy(silence))
  message.on('response', (answer) => message.on('timeout', () => answer.destroy(silence)))
  limitConnecting(message, url, times.connectMs, new TransientError(`no connection within ${times.connectMs / 1000} s`))
  return await new Promise((resolve, reject) => {
    message.once('response', resolve)
    message.once('error', reject)
    message.end()
  })
}

function answerOf(message: IncomingMessage): SourceAnswer {
  const retryAfterMs = readRetryAfter(message.headers['retry-after'], Date.now())
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body: (async function* () {
      try {
        for await (const chunk of message as AsyncIterable<Buffer>) yield chunk
      } catch (error) {
        throw explained(error)
      }
    })(),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    close: () => message.destroy(),
  }
}

/** Errors of the connection in words; what is meant already stays as it is. */
function explained(error: unknown): unknown {
  if (error instanceof ReceptionRefusal || error instanceof TransientError) return error
  if (error instanceof InputRefusal) {
    // The rules are those of inputs by url; the setting is another.
    const advice = error.advice.replaceAll('DSC_INPUT_HOSTS', 'DSC_RECEIVE_HOSTS')
    return new ReceptionRefusal('address-refused', `The address of the data: ${error.message}. ${advice}`)
  }
  const code = codeOf(error) ?? ''
  if (/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/.test(code))
    return new ReceptionRefusal('address-refused', `The provider’s certificate is not trusted: ${reasonOf(error)}`)
  return new TransientError(`the connection broke: ${reasonOf(error) || code}`, { cause: error })
}
