import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Json, parseJson } from './json.ts'
import type { Answer } from './recordings.ts'

/** Listens at 127.0.0.1, port 0 for any free one, and returns the server's origin. */
export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

/** Stops listening and cuts what is open. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeAllConnections()
  await closed
}

/** The request's body as text. */
export async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += String(part)
  return text
}

/** The request's body as JSON; undefined where it is empty or broken: the handler then finds missing what it needs. */
export async function readJson(request: IncomingMessage): Promise<Json | undefined> {
  return parseJson(await readText(request))
}

/** Sends an answer as recorded; text goes as it is, anything else as JSON. */
export function reply(response: ServerResponse, { status, contentType, body }: Answer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, contentType === null ? {} : { 'content-type': contentType }).end(text)
}
