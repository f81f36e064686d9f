import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A request that came, as far as it came. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Whether the body came to its end. */
  readonly whole: boolean
}

/** Answers a request in place of the sink; `undefined` lets it answer 204 when the body is there. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  number: number,
) => Promise<void> | undefined

/** A consumer's HTTP server that keeps what it is sent. */
export interface RecordingSink {
  readonly url: string
  /** In the order in which they ended. */
  readonly received: readonly Received[]
  /** How many connections were made. */
  connections(): number
}

/** Starts one at a free port of 127.0.0.1; it ends with the test. */
export async function recordingSink(t: ExecutionContext, behave: Behaviour = () => undefined): Promise<RecordingSink> {
  const received: Received[] = []
  let connections = 0
  let number = 0
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    number += 1
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    let kept = false
    const keep = (): void => {
      if (kept) return
      kept = true
      request.socket.off('close', keep)
      const { method = '', url = '', headers, complete } = request
      received.push({ method, url, headers, body: Buffer.concat(chunks), whole: complete })
    }
    request.on('end', keep)
    request.socket.on('close', keep) // a request that was answered before its end is not told of a break
    request.on('error', () => undefined) // it broke off: what came is kept
    const own = behave(request, response, number)
    if (own !== undefined) return own
    if (request.headers.expect !== undefined) response.writeContinue()
    request.on('end', () => response.writeHead(204).end())
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    take(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  }
  const server = createServer(listener)
  server.on('checkContinue', listener)
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    received,
    connections: () => connections,
  }
}
