import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'

/** From when on an idle connection is kept up, so that nothing in between takes it for dead. Milliseconds. */
const keepAliveMs = 30_000

/**
 * A request whose answer may take as long as it does. `fetch` gives up where the answer does not begin within five minutes (undici's
 * `headersTimeout`, which Node lets nobody set), and a check of ten thousand jobs may take longer. Redirects are not followed.
 * @throws Error where there is no answer
 */
export function patientFetch(
  url: string,
  {
    method,
    headers,
    body,
  }: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = (new URL(url).protocol === 'https:' ? https : http).request(url, {
      method,
      headers: { ...headers, 'content-length': Buffer.byteLength(body ?? '') },
    })
    request.once('socket', (socket) => socket.setKeepAlive(true, keepAliveMs))
    request.once('error', reject)
    request.once('response', (answer) => {
      try {
        resolve(responseOf(answer))
      } catch (error) {
        answer.destroy()
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    // A change of protocol is no answer either.
    request.once('close', () => reject(new Error('The connection was closed without an answer.')))
    request.end(body)
  })
}

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 500, statusMessage: statusText = '', headers } = answer
  const single = Object.entries(headers).map(([name, value]): [string, string] => [name, [value].flat().join(', ')])
  const empty = status === 204 || status === 205 || status === 304
  if (empty) answer.resume()
  return new Response(empty ? null : Readable.toWeb(answer), { status, statusText, headers: single })
}
