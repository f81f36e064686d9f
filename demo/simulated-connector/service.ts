import { request as httpRequest } from 'node:http'
import type { Json } from './json.ts'

/** Where the service under test takes messages. */
export interface ServiceAddress {
  /** For provision requests. */
  readonly provisionUrl: string
  /** For transfer events; without it none are sent. */
  readonly eventsUrl?: string | undefined
}

/** Seconds a connector waits for an answer (EDC's `edc.http.client.timeout.*`). */
const TIMEOUT_MS = 30_000

/** Posts JSON as the connector does, without any authentication; the status, or undefined where nobody answered. */
export function post(url: string, body: Json, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const text = JSON.stringify(body)
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'user-agent': 'okhttp/4.12.0',
    }
    const request = httpRequest(url, { method: 'POST', headers, timeout: TIMEOUT_MS, signal }, (response) => {
      response.resume() // the body is not looked at
      resolve(response.statusCode)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
    request.end(text)
  })
}
