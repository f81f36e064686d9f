import type { SecretInFile } from '../../config/secret-in-file.ts'
import type { Fetch } from '../../dps/client/send.ts'
import { type Answer, type HttpClient, httpClient } from './http.ts'

/** The key of a Management API as the connectors file has it. */
export interface ManagementKey {
  /** As it was read at the start. */
  readonly apiKey: string
  /** What it is now, where it is in a file. */
  readonly apiKeyInFile?: SecretInFile | undefined
}

/** The key as it is now. */
export function currentKey({ apiKey, apiKeyInFile }: ManagementKey): string {
  return apiKeyInFile?.current() ?? apiKey
}

/** Whether an answer says that the key is not the right one. Nothing was done then, so the call may be sent again. */
function isRefusal({ status }: { readonly status: number }): boolean {
  return status === 401 || status === 403
}

/**
 * A client with the key of a Management API. A call whose key is refused is sent once more where the file has another key by then: so a
 * key changes without a restart.
 */
export function keyedClient(baseUrl: string, key: ManagementKey): HttpClient {
  let made: { readonly key: string; readonly client: HttpClient } | undefined
  const clientNow = (): { readonly key: string; readonly client: HttpClient } => {
    const now = currentKey(key)
    if (made?.key !== now) made = { key: now, client: httpClient(baseUrl, { 'x-api-key': now }) }
    return made
  }
  const call = async (ask: (client: HttpClient) => Promise<Answer>): Promise<Answer> => {
    const { key: used, client } = clientNow()
    const answer = await ask(client)
    return isRefusal(answer) && key.apiKeyInFile?.replaced(used) === true ? ask(clientNow().client) : answer
  }
  return {
    get: (path) => call((client) => client.get(path)),
    post: (path, body) => call((client) => client.post(path, body)),
    put: (path, body) => call((client) => client.put(path, body)),
    delete: (path) => call((client) => client.delete(path)),
  }
}

/** The same for what goes by a `fetch`. */
export function keyedFetch(key: ManagementKey): Fetch {
  return async (url, init) => {
    const used = currentKey(key)
    const response = await fetch(url, withKey(init, used))
    if (!isRefusal(response) || key.apiKeyInFile?.replaced(used) !== true) return response
    await response.body?.cancel()
    return fetch(url, withKey(init, currentKey(key)))
  }
}

function withKey(init: Parameters<Fetch>[1], key: string): Parameters<Fetch>[1] {
  return { ...init, headers: { ...init.headers, 'x-api-key': key } }
}
