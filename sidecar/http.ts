import type { Agent, ClientRequest, RequestOptions } from 'node:http'

/** What the sidecar needs of Node's http and https modules. */
interface Http {
  readonly Agent: new (options: { readonly keepAlive: boolean }) => Agent
  request(options: RequestOptions): ClientRequest
}

/**
 * Node's http or https module, taken past `import`: for an import Node reads every property of http, among them WebSocket, and so
 * loads the whole of undici, and TLS is loaded for those only who use it. Measured with Node 24.21: 15 MiB and about 20 ms at start.
 */
export function httpFor(protocol: string): Http {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
}
