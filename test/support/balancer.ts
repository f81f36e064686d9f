import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { listen, stop } from '../../demo/simulated-connector/http.ts'
import { readBody } from './read-body.ts'

/** One address for several services, as a Service of Kubernetes gives it. */
export interface Balancer {
  readonly url: string
  /** How often each answered, in the order in which they were given. */
  readonly asked: readonly number[]
  close(): Promise<void>
}

/** Passes each request on to the next service in turn; where that takes no connection, to the one after it. */
export async function startBalancer(targets: () => readonly string[]): Promise<Balancer> {
  const asked: number[] = []
  let turn = 0
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const all = targets()
    const first = turn++
    for (let tries = 0; tries < all.length; tries++) {
      const index = (first + tries) % all.length
      const answer = await ask(`${all[index]}${request.url ?? ''}`, request, body)
      if (answer === undefined) continue
      asked[index] = (asked[index] ?? 0) + 1
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, response, () => undefined)
      return
    }
    response.writeHead(503).end()
  }
  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  const url = await listen(server)
  return { url, asked, close: () => stop(server) }
}

/** The answer of a service, `undefined` where there is none. */
function ask(url: string, { method, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const asking = httpRequest(url, { method, headers: { ...headers, connection: 'close' }, agent: false }, resolve)
    asking.on('error', () => resolve(undefined))
    asking.end(body)
  })
}
