/** The vocabulary of the connector’s JSON-LD. */
const vocabulary = 'https://w3id.org/edc/v0.0.1/ns/'
/** Longest time one call may take, in milliseconds. */
const timeoutMs = 30_000

/** The Management API, version 3, of one's own connector. */
export interface ManagementApi {
  /** The answer, or undefined where there is no such thing. */
  get(path: string): Promise<unknown>
  /** Posts a JSON-LD document; its `@context` is added. */
  post(path: string, document: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** The Management API at an address, with its key. */
export function managementApi(url: string, key: string): ManagementApi {
  const call = async (method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (method === 'GET' && response.status === 404) return undefined
    if (!response.ok) throw new Error(`${method} ${url}${path} was answered ${response.status}: ${text}`)
    return JSON.parse(text) as unknown
  }
  return {
    get: (path) => call('GET', path),
    post: (path, document) => call('POST', path, JSON.stringify({ '@context': { '@vocab': vocabulary }, ...document })),
  }
}
