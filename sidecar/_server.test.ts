// Helper for the tests beside it (the underscore keeps AVA from taking it for one).
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Server } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A server of the test's own at a free port of 127.0.0.1; it goes when the test ends. Gives its `host:port`. */
export async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  // Asked whether a body may be sent, the listener decides like for any other request.
  server.on('checkContinue', listener)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${await listen(server)}`
}

/** Has a server listen at a free port of 127.0.0.1, and tells which. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Reads a request's body, giving leave to send it where that was asked. */
export async function bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  if (request.headers.expect !== undefined) response.writeContinue()
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
