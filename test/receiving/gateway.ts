import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionContext } from 'ava'
import { buildManifest, type ResultManifest } from '../../core/result/manifest.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import { httpServer } from '../support/http-server.ts'

/** The token of every address here. */
export const secretToken = 'token-of-the-provider-0123456789'

/** A result gateway that makes the faults a real one does not make on demand. */
export interface Gateway {
  /** The address that `started` gives. */
  readonly address: DataAddress
  /** Every request, as `<path> <Range>`. */
  readonly requests: readonly string[]
  /** Answers in place of the gateway where it gives true. */
  intercept(handle: (request: IncomingMessage, response: ServerResponse) => boolean): void
}

/** The manifest of files. */
export function manifestOf(files: Readonly<Record<string, string>>): ResultManifest {
  const entries = Object.entries(files).map(([path, text]) => ({
    path,
    size: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  }))
  return buildManifest('job-1', 1, entries)
}

/** Serves files as the result gateway does, to whoever has the token. */
export async function gateway(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  manifest: unknown = manifestOf(files),
): Promise<Gateway> {
  const requests: string[] = []
  let intercepted: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  const url = await httpServer(t, (request, response) => {
    requests.push(`${request.url ?? ''} ${request.headers.range ?? ''}`.trim())
    if (request.headers.authorization !== `Bearer ${secretToken}`) {
      response.writeHead(401).end()
      return
    }
    if (intercepted(request, response)) return
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
    if (path === '/result/manifest.json') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(manifest))
      return
    }
    const text = path.startsWith('/result/files/') ? files[path.slice('/result/files/'.length)] : undefined
    if (text === undefined) response.writeHead(404).end()
    else sendPart(request, response, Buffer.from(text))
  })
  return {
    address: {
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: `${url}/result`,
      properties: { authorization: secretToken, authType: 'bearer' },
    },
    requests,
    intercept: (handle) => void (intercepted = handle),
  }
}

/** Sends bytes, or the part of them that is asked for by Range. */
export function sendPart(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const start = Number(from ?? 0)
  const headers = { 'content-length': bytes.length - start, etag: '"one"' }
  if (from === undefined) response.writeHead(200, headers)
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` })
  response.end(bytes.subarray(start))
}

/** Sends the first bytes of an answer and cuts the connection. */
export function cutAfter(
  response: ServerResponse,
  bytes: Buffer,
  count: number,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(200, { 'content-length': bytes.length, ...headers })
  response.write(bytes.subarray(0, count), () => response.destroy())
}
