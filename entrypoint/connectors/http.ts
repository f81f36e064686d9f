import type { AxiosInstance } from 'axios'
import { readRetryAfter } from '../../core/retry-after.ts'

/** Bounds of one call. */
export interface CallLimits {
  /** Longest answer that is read. */
  readonly maximumBytes: number
  /** How long it may take altogether, in milliseconds. */
  readonly callMs: number
}

/** Bounds of calls to connectors. */
const usualLimits: CallLimits = { maximumBytes: 4 * 1024 * 1024, callMs: 10_000 }

/** An answer, whatever its status. `body` is parsed JSON where it is JSON, else text. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** How long it wants to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number
}

/** HTTP calls to one fixed address. */
export interface HttpClient {
  get(path: string): Promise<Answer>
  post(path: string, body: unknown): Promise<Answer>
  put(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
}

/**
 * A client for one connector: only below its base address, with its key, without redirects or proxies, ten seconds a call.
 * @throws on network errors and time-outs, without the key in the message; every HTTP status is an answer
 */
export function httpClient(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  limits: CallLimits = usualLimits,
): HttpClient {
  let made: Promise<AxiosInstance> | undefined
  /** The library is loaded for the first call: a service that waits for its first transfer does without its 3 MiB. */
  const client = async (): Promise<AxiosInstance> =>
    (await import('axios')).create({
      headers: { ...headers },
      maxRedirects: 0,
      maxContentLength: limits.maximumBytes,
      proxy: false,
      validateStatus: () => true,
    })
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<Answer> => {
    try {
      const {
        status,
        data: body,
        headers: answered,
      } = await (await (made ??= client())).request<unknown>({
        url: `${baseUrl}${path}`,
        method,
        signal: AbortSignal.timeout(limits.callMs), // axios' own timeout ends with the first byte
        ...(data === undefined ? {} : { data }),
      })
      const retryAfter: unknown = answered['retry-after']
      const asked = typeof retryAfter === 'string' ? readRetryAfter(retryAfter, Date.now()) : undefined
      return { status, body, retryAfterMs: asked ?? 0 }
    } catch (error) {
      // oxlint-disable-next-line preserve-caught-error -- an axios error carries the request with its key; only the message goes on
      throw new Error(`${method} ${baseUrl}${path} failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
  }
}
