import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'

/** What happens to a request on its way: it passes; is answered with a status in place of the server; or its answer is lost after the server took it. */
export type Fate = 'pass' | 'lose the answer' | number

/** Stands before a server and tells what is asked of it. */
export interface ForwardingProxy {
  readonly origin: string
  /** `<method> <path with query>` of every request, in the order in which they came. */
  readonly calls: readonly string[]
}

/**
 * Starts one at a free port of 127.0.0.1; it ends with the test. Headers pass as they are, `Host` too, so that signatures hold.
 * @param fate of each call
 */
export async function forwardingProxy(
  t: ExecutionContext,
  target: string,
  fate: (call: string) => Fate = () => 'pass',
): Promise<ForwardingProxy> {
  const calls: string[] = []
  const { hostname, port } = new URL(target)
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const call = `${incoming.method} ${incoming.url}`
    calls.push(call)
    const what = fate(call)
    if (typeof what === 'number') {
      outgoing.writeHead(what, { 'retry-after': '0' }).end()
      return
    }
    if (incoming.headers.expect !== undefined) outgoing.writeContinue()
    const { expect: _, ...headers } = incoming.headers
    const onward = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers, agent: false },
      (answer) => {
        if (what === 'lose the answer') {
          answer.resume().on('end', () => incoming.socket.resetAndDestroy())
          return
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
    incoming.on('error', () => onward.destroy())
  }
  const server = createServer(pass)
  server.on('checkContinue', pass)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}
