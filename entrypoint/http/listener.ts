import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

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
  /** How long a request may take to arrive, in milliseconds. */
  readonly requestTimeout: number
}

/**
 * Binds an app to an address.
 * @throws with the setting to change where the address is taken
 */
export async function listen(app: Koa, { host, port, setting, requestTimeout }: Binding): Promise<Listener> {
  const handle = app.callback()
  const server: Server = createServer(
    { headersTimeout: 15_000, requestTimeout, keepAliveTimeout: 30_000, maxHeaderSize: 16_384 },
    (request, response) => void handle(request, response),
  )
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
