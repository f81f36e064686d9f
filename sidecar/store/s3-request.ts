import type { ClientRequest, IncomingMessage } from 'node:http'
import { TransientError } from '../retry.ts'
import { codeOf, reasonOf } from '../failure.ts'
import { httpFor } from '../http.ts'
import { StoreRefusal } from './store.ts'
import { encodePath, queryString, type S3Credentials, signedHeaders } from './s3-signature.ts'

/** One request to an S3 service. */
export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly bucket: string
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
  /** How long nothing may move on the connection, in milliseconds. */
  readonly idleMs?: number
  /**
   * How long we listen for a refusal after the server let us send a body, in milliseconds: some servers (versitygw) let us, refuse, and
   * close the connection under the body, so that the refusal is lost.
   * @default 0
   */
  readonly listenMs?: number
}

/** Sends requests over kept connections. */
export interface S3Connection {
  /**
   * Gives the answer when its head is there; the caller reads the body.
   * @throws TransientError where there is no answer
   */
  send(request: S3Request, signal: AbortSignal): Promise<IncomingMessage>
  close(): void
}

/** A minute without a byte in either direction: the connection is taken for dead. */
const defaultIdleMs = 60_000
/**
 * From this size on we ask before sending, so that a refusal is read instead of lost in a reset connection. A shorter body a server reads
 * to its end even where it refuses (Go's up to 256 KiB), and asking would cost every one of many small files a round trip.
 */
const askFirstFrom = 256 * 1024
/** How long we wait for that leave; a server that does not know the question gets the body all the same. */
const leaveMs = 1000
/** What is handed to the connection at once: under TLS all of it is copied while it is encrypted. */
const sliceSize = 512 * 1024

/** Opens nothing yet; connections come with the first requests. */
export function connectS3(endpoint: string, credentials: S3Credentials): S3Connection {
  const { protocol, hostname, port, host, pathname } = new URL(endpoint)
  const http = httpFor(protocol)
  const agent = new http.Agent({ keepAlive: true })
  const base = pathname.replace(/\/$/, '')
  return {
    send(request, signal) {
      const path = base + encodePath(request.bucket, request.key)
      const query = request.query ?? {}
      const length = request.body?.byteLength ?? 0
      const unsigned = {
        method: request.method,
        path,
        query,
        headers: { ...request.headers, host, 'content-length': String(length) },
        payloadHash: request.payloadHash,
      }
      const headers = signedHeaders(unsigned, credentials, Date.now())
      if (length >= askFirstFrom) headers['expect'] = '100-continue'
      const message = http.request({
        agent,
        hostname: hostname.replaceAll(/[[\]]/g, ''),
        port,
        method: request.method,
        path: Object.keys(query).length === 0 ? path : `${path}?${queryString(query)}`,
        headers,
        timeout: request.idleMs ?? defaultIdleMs,
        signal,
      })
      return answerOf(message, request.body, length >= askFirstFrom ? { listenMs: request.listenMs ?? 0 } : undefined)
    },
    close: () => agent.destroy(),
  }
}

/** Made when it is needed: an error for every request that goes well would cost its stack trace. */
function silence(): TransientError {
  return new TransientError('the object store fell silent')
}

async function answerOf(
  message: ClientRequest,
  body: Uint8Array | undefined,
  askFirst: { readonly listenMs: number } | undefined,
): Promise<IncomingMessage> {
  message.on('timeout', () => message.destroy(silence()))
  // A body under way would be told of an abort only, not why.
  message.on('response', (answer) => message.on('timeout', () => answer.destroy(silence())))
  return await new Promise((resolve, reject) => {
    message.once('response', resolve)
    message.once('error', (error) => reject(asTransient(error)))
    if (askFirst === undefined) {
      message.end(body)
      return
    }
    let waiting = setTimeout(() => begin(), leaveMs)
    const begin = () => {
      clearTimeout(waiting)
      message.off('continue', listen)
      if (!message.writableEnded && !message.destroyed) writeSlices(message, body ?? new Uint8Array())
    }
    const listen = () => {
      clearTimeout(waiting)
      if (askFirst.listenMs === 0) begin()
      else waiting = setTimeout(begin, askFirst.listenMs)
    }
    message.once('continue', listen)
    // An answer before our body is a refusal: the body stays here, and the connection is of no further use.
    message.once('response', (answer) => {
      clearTimeout(waiting)
      message.off('continue', listen)
      if (!message.writableEnded) answer.once('end', () => message.destroy())
    })
    message.once('close', () => clearTimeout(waiting))
    message.flushHeaders()
  })
}

/** Writes a body piece by piece, as the connection takes it. */
function writeSlices(message: ClientRequest, body: Uint8Array): void {
  let sent = 0
  const more = () => {
    while (sent < body.byteLength && !message.destroyed) {
      const slice = body.subarray(sent, sent + sliceSize)
      sent += slice.byteLength
      if (sent < body.byteLength && !message.write(slice)) {
        message.once('drain', more)
        return
      }
      if (sent >= body.byteLength) message.end(slice)
    }
  }
  more()
}

/** Node's codes for a certificate that does not convince it: no try will change that. */
const certificateTrouble = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/

/** Whatever breaks a connection may be better next time; being told to stop is no such thing. */
export function asTransient(error: unknown): unknown {
  const code = codeOf(error) ?? ''
  if (error instanceof TransientError || error instanceof StoreRefusal || code === 'ABORT_ERR') return error
  if (certificateTrouble.test(code)) return new StoreRefusal(code, `its certificate is not trusted: ${reasonOf(error)}`)
  return new TransientError(reasonOf(error) || code || 'the connection broke', { cause: error })
}
