import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ServiceError } from '../../core/errors.ts'
import { problemBody, problemType } from './problem-body.ts'
import { retryAfterSeconds } from './problem.ts'

/** What becomes of a request that does not arrive in time. */
export type LateCode = 'request-timeout' | 'not-ready'

/** A request that never became one: Node's parser refused it. */
export interface RefusedRequest {
  readonly requestId: string
  readonly error: ServiceError
}

/**
 * Answers what Node's HTTP parser refuses, and would answer without a word, as every other error is answered. The connection ends
 * with it, because nobody knows where its next request would begin.
 * @param refused told of every refusal
 * @param late what a request that takes too long to arrive is answered: `not-ready` (503) where connectors call. Such a request may well be
 * sent again, while what breaks the rules of HTTP or is too large would only be refused again
 */
export function refuseBrokenRequests(
  server: Server,
  refused: (request: RefusedRequest) => void,
  late: LateCode = 'request-timeout',
): void {
  const underWay = new WeakMap<Duplex, readonly ServerResponse[]>()
  const unanswered = (socket: Duplex): readonly ServerResponse[] =>
    (underWay.get(socket) ?? []).filter(({ writableFinished, destroyed }) => !writableFinished && !destroyed)
  server.on('request', (request, response) => {
    underWay.set(request.socket, [...unanswered(request.socket), response])
  })
  const refuse = async (socket: Duplex, error: ServiceError): Promise<void> => {
    const responses = unanswered(socket)
    // Requests before the broken one, sent without waiting, get their answers first: ours would be taken for theirs.
    await Promise.allSettled(responses.filter(({ req }) => req.complete).map((response) => finished(response)))
    const own = responses.find(({ req }) => !req.complete)
    if (!socket.writable || own?.headersSent === true) socket.destroy()
    else {
      const requestId = randomUUID()
      refused({ requestId, error })
      socket.end(answerOf(error, requestId), () => socket.destroy())
    }
  }
  // A socket that breaks under a large answer tells so for every write that was under way.
  const done = new WeakSet<Duplex>()
  server.on('clientError', (error: BrokenRequest, socket) => {
    if (done.has(socket)) return
    done.add(socket)
    if (isRefusal(error)) void refuse(socket, meaningOf(error, late))
    else socket.destroy()
  })
  server.on('connect', (_request: IncomingMessage, socket) => {
    void refuse(socket, new ServiceError('method-not-allowed', 'CONNECT works at no address: this is no proxy.'))
  })
}

interface BrokenRequest extends Error {
  readonly code?: string
  /** What the parser says of it. */
  readonly reason?: string
}

/** Whether the parser refuses what came, or the request took too long; else it is the connection that broke. */
function isRefusal({ code = '' }: BrokenRequest): boolean {
  return code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT'
}

function meaningOf({ code, reason }: BrokenRequest, late: LateCode): ServiceError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ServiceError('headers-too-large', 'Address and headers together have more than 16384 bytes.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ServiceError('body-too-large', 'The extensions of the body’s chunks have more than 16384 bytes.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ServiceError(late, 'The request did not arrive whole in time.')
    default:
      return new ServiceError('malformed-request', `The request is no HTTP: ${reason ?? 'it cannot be parsed'}.`)
  }
}

function answerOf(error: ServiceError, requestId: string): string {
  const body = JSON.stringify(problemBody(error, requestId))
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(error.status === 503 ? [`Retry-After: ${retryAfterSeconds}`] : []),
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
