import type { IncomingMessage } from 'node:http'
import type { Download } from './store.ts'

/**
 * The body of an HTTP answer as a download.
 * @param explain makes what the reader of the body gets out of an error of the connection
 */
export function downloadOf(message: IncomingMessage, explain: (error: unknown) => unknown): Download {
  const length = message.headers['content-length']
  return {
    ...(length === undefined ? {} : { size: Number(length) }),
    body: (async function* () {
      try {
        for await (const chunk of message as AsyncIterable<Buffer>) yield chunk
      } catch (error) {
        throw explain(error)
      }
    })(),
    close: () => message.destroy(),
  }
}
