import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'
import { limitDawdling } from './limit-dawdling.ts'
import { type LateCode, type RefusedRequest, refuseBrokenRequests } from './refuse-connection.ts'

/** A listener that takes requests. */
export interface Listener {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string
  /** Takes no new connections, lets requests under way finish, and cuts what is left after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
}

/** Where and how an app listens. */
export interface Binding {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The settings to change where the address is taken. */
  readonly setting: string
  /** How long a request may take to arrive, in milliseconds. What still comes after its answer gets as long, and 30 s at most. */
  readonly requestTimeout: number
  /**
   * Whether a request, by its address, may take longer while it is being read and not answered yet, because whoever reads it sees to it that
   * it gets on. @default none may
   */
  readonly patient?: (path: string) => boolean
  /** What a request that does not arrive in time is answered. @default 'request-timeout' */
  readonly late?: LateCode
  /** Told of requests that HTTP itself forbids; they never reach the app. */
  readonly refused?: (request: RefusedRequest) => void
}

/**
 * Binds an app to an address.
 * @throws with the setting to change where the address is taken
 */
export async function listen(
  app: Koa,
  { host, port, setting, requestTimeout, patient = () => false, late, refused }: Binding,
): Promise<Listener> {
  const handle = app.callback()
  const take: RequestListener = (request, response) => void handle(request, response)
  const server: Server = createServer(
    {
      headersTimeout: Math.min(15_000, requestTimeout),
      requestTimeout: 0, // limitDawdling, which may make exceptions
      keepAliveTimeout: 30_000,
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: Math.min(5_000, requestTimeout), // Node's own 30 s would double the time-outs
      requireHostHeader: false, // the app asks for it, in the form of every other error
    },
    take,
  )
  // What is expected is not looked at; as a request like others it is under the same limits.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  limitDawdling(server, { requestTimeout, patient })
  refuseBrokenRequests(server, refused ?? (() => undefined), late)
  server.maxConnections = 2_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on ${host}:${port} (${setting}): ${error.message}`)),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (!isAddressInfo(address)) throw new Error(`${host}:${port} gave no address`)
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shown}:${address.port}`,
    close: (timeoutMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), timeoutMs)
        // A connection whose last request ends after this moment would be kept alive for its time-out.
        const sweep = setInterval(() => server.closeIdleConnections(), 50)
        server.close(() => {
          clearTimeout(cut)
          clearInterval(sweep)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
