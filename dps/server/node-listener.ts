import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { DataPlaneError } from '../data-plane.ts'
import type { DataPlaneResponse } from './form.ts'
import type { DataPlaneHandler } from './handle.ts'
import { problem } from './problem.ts'

/** What a listener needs to know. */
export interface ListenerOptions {
  /** The path of the base address, without a slash at its end, such as `/dps/v1`. Default: none. */
  readonly base?: string
  /** Longest body that is read, in bytes. Default: 1 MiB. */
  readonly maximumBytes?: number
}

/**
 * A handler as a listener of node:http, for a data plane with no server of its own: it reads bodies with a limit, as JSON, and answers 404
 * outside its base.
 */
export function nodeListener(handle: DataPlaneHandler, options: ListenerOptions = {}): RequestListener {
  const { base = '', maximumBytes = 1024 * 1024 } = options
  const answer = async (request: IncomingMessage): Promise<DataPlaneResponse> => {
    const url = request.url ?? ''
    if (!url.startsWith(`${base}/`))
      return problem({ status: 404, code: 'unknown-path', message: 'There is nothing at this path.' })
    const body = await readJson(request, maximumBytes)
    return handle({ method: request.method ?? '', path: url.slice(base.length), headers: request.headers, body })
  }
  return (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        if (error instanceof DataPlaneError) return problem(error)
        throw error
      })
      .then(
        (answered) => write(answered, response),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined), // the request broke off
      )
  }
}

async function readJson(request: IncomingMessage, maximumBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Destroyed, it could not be answered any more.
  const iterator: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of iterator) {
    bytes += chunk.byteLength
    if (bytes > maximumBytes)
      throw new DataPlaneError(400, 'body-too-large', `Expected a body of at most ${maximumBytes} bytes.`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return undefined
  try {
    const body: unknown = JSON.parse(text)
    return body
  } catch (error) {
    throw new DataPlaneError(400, 'invalid-json', 'The body is no JSON.', { cause: error })
  }
}

function write({ status, headers, body }: DataPlaneResponse, response: ServerResponse): void {
  response.writeHead(status, { ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
