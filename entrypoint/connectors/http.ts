import { type AxiosInstance, create } from 'axios'

/** Longest answer we read from a connector, in bytes. */
const maximumAnswerBytes = 4 * 1024 * 1024

/** How long one call may take altogether, in milliseconds. */
const callMs = 10_000

/** An answer, whatever its status. `body` is parsed JSON where it is JSON, else text. */
export interface Answer {
  readonly status: number
  readonly body: unknown
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
export function httpClient(baseUrl: string, headers: Readonly<Record<string, string>>): HttpClient {
  const client: AxiosInstance = create({
    headers: { ...headers },
    maxRedirects: 0,
    maxContentLength: maximumAnswerBytes,
    proxy: false,
    validateStatus: () => true,
  })
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<Answer> => {
    try {
      const { status, data: body } = await client.request<unknown>({
        url: `${baseUrl}${path}`,
        method,
        signal: AbortSignal.timeout(callMs), // axios' own timeout ends with the first byte
        ...(data === undefined ? {} : { data }),
      })
      return { status, body }
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
