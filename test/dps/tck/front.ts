import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { readBody } from '../../support/read-body.ts'

/** What stands before the kit: it has the kit's address, hands callbacks on to it, and takes whatever is pushed to that address. */
export interface Front {
  readonly url: string
  readonly pushed: readonly Buffer[]
}

/**
 * Starts one at a free port of 127.0.0.1. The kit names its own address as the destination of pushes, where it answers 404 to all
 * but callbacks.
 * @param kitPort where the kit listens once it runs; callbacks before that are answered 503
 */
export async function startFront(t: ExecutionContext, kitPort: number): Promise<Front> {
  const pushed: Buffer[] = []
  const server = createServer((request, response) => {
    const handle = async (): Promise<void> => {
      const body = await readBody(request)
      const path = request.url ?? '/'
      if (!path.startsWith('/transfers/')) {
        pushed.push(body)
        response.writeHead(200).end()
        return
      }
      const answer = await fetch(`http://127.0.0.1:${kitPort}${path}`, {
        method: request.method ?? 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      response.writeHead(answer.status).end(await answer.text())
    }
    handle().catch(() => response.writeHead(503).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pushed }
}
