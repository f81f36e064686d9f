import type { IncomingMessage } from 'node:http'
import { codeOf } from '../../sidecar/failure.ts'
import { type CheckedAddress, plainHost } from '../../sidecar/fetch/address.ts'
import { limitConnecting, lookupOf } from '../../sidecar/fetch/checked-connection.ts'
import { httpFor } from '../../sidecar/http.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { type Outgoing, type PushTimes, sendBody } from './send-body.ts'
import { ConnectionBroke, DestinationRefusal } from './trouble.ts'

/** One request to a destination. */
export interface PeerRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** With its query, as it goes over the wire. */
  readonly path: string
  /** Names in lower case; `host` and `content-length` are added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Outgoing
  /** Of the body, in bytes. */
  readonly length: number
}

/** A destination's server, reached at addresses that were checked and nowhere else. */
export interface Peer {
  /**
   * Sends a request and gives the answer when its head is there; the caller reads the answer's body or destroys it. An answer that is no
   * success may come before the body was sent; one that is given only when all of the body was.
   * @throws TransientError where there is no answer, DestinationRefusal where TLS does not trust the server, whatever the body throws
   */
  send(request: PeerRequest, signal: AbortSignal): Promise<IncomingMessage>
  /** Ends all connections. */
  close(): void
}

/** From this size on we ask before sending, so that a refusal is read instead of lost in a reset connection. Bytes. */
const askFirstFrom = 256 * 1024

/**
 * Speaks with a server over kept connections. Its name is not resolved a second time, no redirect is followed and no proxy used.
 * @param url of which scheme, host and port count
 * @param addresses by `reach`
 */
export function connectTo(url: URL, addresses: readonly CheckedAddress[], times: PushTimes): Peer {
  const http = httpFor(url.protocol)
  const agent = new http.Agent({ keepAlive: true })
  return {
    async send({ method, path, headers, body, length }, signal) {
      signal.throwIfAborted()
      const askFirst = length >= askFirstFrom
      const message = http.request({
        agent,
        hostname: plainHost(url),
        port: url.port,
        method,
        path,
        headers: {
          ...headers,
          host: url.host,
          ...(body === undefined ? {} : { 'content-length': String(length) }),
          ...(askFirst ? { expect: '100-continue' } : {}),
        },
        signal,
        lookup: lookupOf(addresses),
      })
      const late = new TransientError(`there is no connection to the destination within ${times.connectMs / 1000} s`)
      limitConnecting(message, url, times.connectMs, late)
      try {
        return await sendBody(message, body, askFirst, times)
      } catch (error) {
        message.destroy()
        signal.throwIfAborted()
        throw explained(error, url.host)
      }
    },
    close: () => agent.destroy(),
  }
}

/** An error of the connection in words for the consumer: what Node says of it could name addresses. Others stay what they are. */
function explained(error: unknown, host: string): unknown {
  if (!(error instanceof ConnectionBroke)) return error
  const code = codeOf(error.cause) ?? ''
  if (/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/.test(code))
    return new DestinationRefusal(`the certificate of ${host} is not trusted (${code})`, { cause: error.cause })
  const why = code === '' ? '' : ` (${code})`
  return new TransientError(`there is no connection to ${host}, or it broke${why}`, { cause: error.cause })
}
