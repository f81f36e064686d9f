import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { listen, readText, stop } from '../../demo/simulated-connector/http.ts'

/** A request that went over the wire. */
export interface Crossing {
  readonly method: string
  readonly path: string
  readonly body: string
  /** What it was answered. */
  readonly status: number
  /** When the answer went back, by `performance.now()`. */
  readonly at: number
}

/** What becomes of a request: it passes; is answered with a status of the wire's own; or its answer's body is written anew. */
export type Fate = undefined | { readonly status: number } | { readonly answer: (body: string) => string }

/** Decides about a request; it passes no earlier than the promise says. */
export type Rule = (asked: {
  readonly method: string
  readonly path: string
  readonly body: string
}) => Fate | Promise<Fate>

/** Stands between connector and service in both directions, keeps what crosses, and interferes where a test says so. */
export interface Wire {
  readonly origin: string
  readonly crossings: readonly Crossing[]
  /** Adds a rule; the first whose fate is not `undefined` decides. Gives how to take it back. */
  add(rule: Rule): () => void
  /** Sends a message to the service once more, changed. */
  sendToService(path: string, body: object): Promise<Response>
  close(): Promise<void>
}

/** Where the two ends are. */
export interface Ends {
  /** Origin of the connector. */
  readonly connector: string
  /** Public address of the service; asked at each message. */
  readonly service: () => string
}

/** Starts one. Paths below /connectors go to the service, all others to the connector; the callback address in messages becomes the wire's. */
export async function startWire(ends: Ends): Promise<Wire> {
  const crossings: Crossing[] = []
  const rules = new Set<Rule>()
  let origin = ''

  async function cross(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/'
    const method = incoming.method ?? 'GET'
    const toService = path.startsWith('/connectors/')
    const text = await readText(incoming)
    const body = toService ? text.replaceAll(`${ends.connector}/`, `${origin}/`) : text
    const answer = (status: number, contentType: string | undefined, bytes: string): void => {
      crossings.push({ method, path, body, status, at: performance.now() })
      outgoing.writeHead(status, contentType === undefined ? {} : { 'content-type': contentType }).end(bytes)
    }
    let rewrite = (bytes: string): string => bytes
    for (const rule of rules) {
      const fate = await rule({ method, path, body })
      if (fate === undefined) continue
      if ('status' in fate) return answer(fate.status, undefined, '')
      rewrite = fate.answer
      break
    }
    const { host: _, 'content-length': __, connection: ___, ...headers } = incoming.headers
    const target = (toService ? ends.service() : ends.connector) + path
    const length = body === '' && method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }
    const onward = request(target, { method, headers: { ...headers, ...length } }, (response) => {
      readText(response).then(
        (bytes) => answer(response.statusCode ?? 502, response.headers['content-type'], rewrite(bytes)),
        () => outgoing.destroy(),
      )
    })
    onward.on('error', () => answer(503, undefined, ''))
    onward.end(body)
  }

  const server = createServer((incoming, outgoing) => {
    cross(incoming, outgoing).catch(() => outgoing.destroy())
  })
  origin = await listen(server)
  return {
    origin,
    crossings,
    add(rule) {
      rules.add(rule)
      return () => rules.delete(rule)
    },
    sendToService: (path, body) =>
      fetch(origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    close: () => stop(server),
  }
}
