import { request as httpRequest, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { type Answer, answer } from './recordings.ts'
import { reply } from './http.ts'
import type { Transfers } from './transfers.ts'

/**
 * The provider's data plane: whoever has the token of a started transfer reads, through it, what lies at the address that the
 * service called back with. As in EDC 0.10.0 every method becomes GET; sub-path and query are passed on where the address allows,
 * of the request's headers none (so no Range), of the answer only body and content type; and a status that is not 2xx becomes 500.
 */
export function serveDataPlane(
  transfers: Transfers,
  request: IncomingMessage,
  response: ServerResponse,
  below: string,
): void {
  const authorization = request.headers.authorization
  if (authorization === undefined) return reply(response, answer('readWithoutToken'))
  const transfer = transfers.byToken(authorization)
  if (transfer === undefined) {
    const ended = /^simulated-(.*)$/.exec(authorization)?.[1]
    return reply(response, ended === undefined ? answer('readWrongToken') : answer('readEnded', { tokenId: ended }))
  }
  const address = transfer.address ?? {}
  const base = address['baseUrl']
  if (base === undefined) return reply(response, { status: 500, contentType: 'text/html', body: '' })
  const { authKey, authCode } = address
  const headers = authKey !== undefined && authCode !== undefined ? { [authKey]: authCode } : {}
  const target = targetOf(base, below, address['proxyPath'] === 'true', address['proxyQueryParams'] === 'true')
  const outgoing = httpRequest(target, { headers })
  outgoing.on('error', (error) => reply(response, failed(error.message)))
  outgoing.on('response', (source) => {
    const status = source.statusCode ?? 0
    if (status >= 200 && status < 300) {
      response.writeHead(200, { 'content-type': source.headers['content-type'] ?? 'application/octet-stream' })
      pipeline(source, response, () => undefined) // the reader sees a cut connection, as it should
      return
    }
    source.resume()
    if (status === 404) reply(response, answer('readNotFound'))
    else if (status === 401 || status === 403) reply(response, answer('readRefused'))
    else reply(response, failed(`Received code transferring HTTP data: ${status} - ${STATUS_CODES[status] ?? ''}.`))
  })
  outgoing.end()
}

/** The address's own URL with what the consumer wrote after the endpoint. */
function targetOf(base: string, below: string, withPath: boolean, withQuery: boolean): string {
  const [path = '', query] = below.split('?', 2)
  const target = withPath && path !== '' && path !== '/' ? base.replace(/\/$/, '') + path : base
  return withQuery && query !== undefined ? `${target}?${query}` : target
}

function failed(what: string): Answer {
  return { ...answer('readFailed'), body: { errors: [`GENERAL_ERROR: ${what}`] } }
}
