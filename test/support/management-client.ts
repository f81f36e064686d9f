/** The vocabulary of the connector's JSON-LD; its short names are the property names of the Management API. */
export const NAMESPACE = 'https://w3id.org/edc/v0.0.1/ns/'

/** What a Management API answers: the status, and the body as JSON where there is one, else as text. */
export interface ManagementAnswer {
  readonly status: number
  readonly body: unknown
}

/** An answer of the Management API that was not expected. */
export class ManagementError extends Error {
  override readonly name = 'ManagementError'
  readonly status: number
  constructor(call: string, answer: ManagementAnswer) {
    super(`${call} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    this.status = answer.status
  }
}

/** One connector's Management API, version 3 (EDC 0.10 to 0.15). */
export interface ManagementClient {
  readonly url: string
  readonly key: string
  /** GET; anything but 200 is a ManagementError. */
  get(path: string): Promise<unknown>
  /** POST or PUT of a JSON-LD document, its `@context` added; statuses other than 2xx and the accepted ones are a ManagementError. */
  send(
    method: 'POST' | 'PUT',
    path: string,
    document: Record<string, unknown>,
    accept?: readonly number[],
  ): Promise<ManagementAnswer>
}

/** A client for the Management API at `url` (such as http://localhost:19193/management), with its key. */
export function managementClient(url: string, key: string): ManagementClient {
  async function call(method: string, path: string, body?: string): Promise<ManagementAnswer> {
    const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    return { status: response.status, body: parsed(text) }
  }
  return {
    url,
    key,
    async get(path) {
      const answer = await call('GET', path)
      if (answer.status !== 200) throw new ManagementError(`GET ${url}${path}`, answer)
      return answer.body
    },
    async send(method, path, document, accept = []) {
      const answer = await call(method, path, JSON.stringify({ '@context': { '@vocab': NAMESPACE }, ...document }))
      const expected = (answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)
      if (!expected) throw new ManagementError(`${method} ${url}${path}`, answer)
      return answer
    },
  }
}

/** JSON where it is JSON; error pages and empty bodies stay text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
