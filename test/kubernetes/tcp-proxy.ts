import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that misbehaves on demand; TLS passes through it untouched. */
export interface TcpProxy {
  readonly port: number
  /** How many connections were opened so far. */
  opened(): number
  /** Carries nothing any more, in either direction, and closes nothing: what a dead network looks like. */
  blackHole(): void
  /** Ends every connection at once. */
  reset(): void
  /** Carries what comes over new connections; those of before stay as they are. */
  heal(): void
  close(): Promise<void>
}

/** Starts one at 127.0.0.1 in front of another port there. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let opened = 0
  let dead = false
  const server = createServer((client) => {
    opened += 1
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.on('close', () => sockets.delete(client))
    if (dead) return
    const upstream = connect(target, '127.0.0.1')
    sockets.add(upstream)
    upstream.on('error', () => client.destroy())
    upstream.on('close', () => {
      sockets.delete(upstream)
      if (!dead) client.destroy()
    })
    client.on('close', () => upstream.destroy())
    client.pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    opened: () => opened,
    blackHole() {
      dead = true
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    heal() {
      dead = false
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
