import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { eventually } from '../support/eventually.ts'

/** A TCP proxy in front of an object store that stops in the middle of large uploads: short requests pass. */
export interface StallingProxy {
  /** `http://host:port`. */
  readonly endpoint: string
  /** Waits until so many connections are held in the middle of what they send. */
  held(count: number): Promise<void>
  /** Ends every connection, and each new one at once, until `release`. */
  refuse(): void
  /** Lets everything pass from now on; held connections are cut, as the store behind them may be another by now. */
  release(): void
  close(): Promise<void>
}

/**
 * Starts one at an address that pods reach.
 * @param afterBytes a connection that has sent more is held
 */
export async function startStallingProxy(host: string, target: string, afterBytes: number): Promise<StallingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const held = new Set<Socket>()
  let stalling = true
  let refusing = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      held.delete(socket)
    })
  }
  const server = createServer((client) => {
    if (refusing) {
      client.destroy()
      return
    }
    const upstream = connect(Number(port), hostname)
    keep(client)
    keep(upstream)
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    upstream.pipe(client)
    let sent = 0
    client.on('data', (chunk) => {
      sent += chunk.length
      if (stalling && sent > afterBytes) {
        client.pause()
        held.add(client)
      } else upstream.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    endpoint: `http://${host}:${(server.address() as AddressInfo).port}`,
    async held(count) {
      await eventually(
        `${count} connections in the middle of an upload`,
        () => (held.size >= count ? { done: true } : { pending: `there are ${held.size}` }),
        { deadlineMs: 90_000, pauseMs: 20 },
      )
    },
    refuse() {
      refusing = true
      for (const socket of sockets) socket.destroy()
    },
    release() {
      refusing = false
      stalling = false
      for (const socket of held) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
