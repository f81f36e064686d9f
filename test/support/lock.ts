import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A connector's Management API behind a key that can be changed while it is used, as no connector allows without a restart. */
export interface Lock {
  readonly origin: string
  /** What opens it from now on. */
  change(key: string): void
  /** Requests that were refused, as `POST /path`. */
  readonly refused: readonly string[]
  /** Requests that were answered with 2xx, as `POST /path`. */
  readonly taken: readonly string[]
  close(): Promise<void>
}

/** Starts one. Whoever has its key is let through with the one that is behind it. */
export async function startLock(behind: { readonly origin: string; readonly key: string }, key: string): Promise<Lock> {
  let right = key
  const refused: string[] = []
  const taken: string[] = []
  const server = createServer((incoming, outgoing) => {
    const call = `${incoming.method} ${incoming.url}`
    if (incoming.headers['x-api-key'] !== right) {
      refused.push(call)
      incoming.resume()
      outgoing
        .writeHead(401, { 'content-type': 'application/json' })
        .end('[{"message":"no","type":"AuthenticationFailed"}]')
      return
    }
    const { host: _, ...headers } = incoming.headers
    const onward = request(
      behind.origin + incoming.url,
      { method: incoming.method, headers: { ...headers, 'x-api-key': behind.key } },
      (answer) => {
        const { statusCode: status = 502 } = answer
        if (status < 300) taken.push(call)
        outgoing.writeHead(status, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    change: (changed) => void (right = changed),
    refused,
    taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
