import type { ClientRequest, IncomingMessage } from 'node:http'
import { codeOf, reasonOf } from '../failure.ts'
import { httpFor } from '../http.ts'
import { TransientError } from '../retry.ts'
import { downloadOf } from '../store/download.ts'
import type { Download } from '../store/store.ts'
import { type CheckedAddress, plainHost, type Resolver } from './address.ts'
import { admit } from './admit.ts'
import { limitConnecting, lookupOf } from './checked-connection.ts'
import { InputRefusal } from './input-refusal.ts'

/** Times of a download, in milliseconds. */
export interface DownloadTimes {
  /** For the name to resolve, and again for the connection (with TLS) to stand. */
  readonly connectMs: number
  /** How long nothing may arrive. */
  readonly stallMs: number
  /** The time in which the head of the answer must have arrived, and from then on `leastBytes` each. */
  readonly paceMs: number
}

/** Slower than that per `paceMs` is no download but a connection held open, in bytes. */
const leastBytes = 64 * 1024

const maximumRedirects = 3

/**
 * Begins to download from an http(s) address. Each redirect is held to the same rules as the address itself, and none may lead from
 * https to http.
 * @throws InputRefusal, TransientError
 */
export async function openUrl(
  address: string,
  allowedHosts: readonly string[],
  times: DownloadTimes,
  signal: AbortSignal,
  resolver?: Resolver,
): Promise<Download> {
  let place = address
  for (let redirects = 0; ; redirects++) {
    const { url, addresses } = await admit(place, allowedHosts, times.connectMs, signal, resolver)
    const message = await get(url, addresses, times, signal)
    const status = message.statusCode ?? 0
    if (status === 200) return download(message, times.paceMs)
    message.destroy()
    if (![301, 302, 303, 307, 308].includes(status)) throw refused(status, message.statusMessage)
    if (redirects === maximumRedirects) {
      throw new InputRefusal(`the server redirects more than ${maximumRedirects} times`, 'Give the final address.')
    }
    place = redirected(url, message.headers.location)
  }
}

/** An address as a message may show it: without the query, which may hold a signature. */
export function shownAddress(address: string): string {
  const url = URL.parse(address)
  return url === null
    ? 'an address that cannot be read'
    : `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}

function redirected(from: URL, location: string | undefined): string {
  const to = location === undefined ? null : URL.parse(location, from.href)
  if (to === null) {
    throw new InputRefusal('the server redirects without saying where to', 'Give the final address.')
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new InputRefusal('the server redirects from https to http', 'Give the final address.')
  }
  return to.href
}

function refused(status: number, text: string | undefined): Error {
  const said = `the server answered ${status} ${text ?? ''}`.trimEnd()
  if (status >= 500 || status === 429 || status === 408) return new TransientError(said)
  const advice =
    status === 401 || status === 403
      ? 'The address must open without credentials; a presigned one may have run out.'
      : 'Check the address.'
  return new InputRefusal(said, advice)
}

async function get(
  url: URL,
  addresses: readonly CheckedAddress[],
  times: DownloadTimes,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const message = httpFor(url.protocol).request({
    agent: false,
    host: plainHost(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: { host: url.host, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'dataspace-compute' },
    timeout: times.stallMs,
    signal,
    lookup: lookupOf(addresses),
  })
  const silence = new TransientError(`nothing arrived for ${times.stallMs / 1000} s`)
  message.on('timeout', () => message.destroy(silence))
  // A body under way would be told of an abort only, not why.
  message.on('response', (answer) => message.on('timeout', () => answer.destroy(silence)))
  limitConnecting(message, url, times.connectMs, new TransientError(`no connection within ${times.connectMs / 1000} s`))
  limitHead(message, times.paceMs)
  return await new Promise((resolve, reject) => {
    message.once('response', resolve)
    message.once('error', (error) => reject(asTransient(error)))
    message.end()
  })
}

/** A head that comes byte by byte is never silent. */
function limitHead(message: ClientRequest, milliseconds: number): void {
  const timer = setTimeout(
    () => message.destroy(new TransientError(`no answer within ${milliseconds / 1000} s`)),
    milliseconds,
  )
  message.once('response', () => clearTimeout(timer))
  message.once('close', () => clearTimeout(timer))
}

function download(message: IncomingMessage, paceMs: number): Download {
  const encoding = message.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    message.destroy()
    throw new InputRefusal(
      `the server sends it encoded (${encoding}), though it was asked not to`,
      'Serve the file as it is, or declare the address of an archive.',
    )
  }
  const whole = downloadOf(message, asTransient)
  return { ...whole, body: paced(whole.body, paceMs) }
}

/** A body that ends in an error where it comes so slowly that it is never silent, and never done. */
async function* paced(body: Download['body'], paceMs: number): AsyncGenerator<Uint8Array> {
  let since = performance.now()
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes >= leastBytes) {
      since = performance.now()
      bytes = 0
    } else if (performance.now() - since > paceMs) {
      throw new TransientError(`only ${bytes} bytes arrived within ${paceMs / 1000} s`)
    }
    yield chunk
  }
}

function asTransient(error: unknown): unknown {
  const code = codeOf(error) ?? ''
  if (error instanceof TransientError || code === 'ABORT_ERR') return error
  if (/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/.test(code)) {
    return new InputRefusal(`the server's certificate is not trusted: ${reasonOf(error)}`, 'Mend the certificate.')
  }
  return new TransientError(`the connection broke: ${reasonOf(error) || code}`, { cause: error })
}
