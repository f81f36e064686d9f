import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** How a connection is broken: by a reset, or by an end that looks orderly. */
export type Break = 'reset' | 'end'

/** A TCP proxy that breaks connections in the middle of what they carry. */
export interface BreakingProxy {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  /** How many connections it has broken. */
  broken(): number
  /** Breaks the connection that carries the last of so many bytes to its client, counted from now on. */
  breakAfter(bytes: number, how: Break): void
  close(): Promise<void>
}

/**
 * Starts one at a free port of 127.0.0.1.
 * @param target origin of where everything goes, asked at each connection
 */
export async function startBreakingProxy(target: () => string): Promise<BreakingProxy> {
  const sockets = new Set<Socket>()
  let broken = 0
  let left = Infinity
  let how: Break = 'reset'
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    const { hostname, port } = new URL(target())
    const upstream = connect(Number(port), hostname)
    keep(client)
    keep(upstream)
    client.on('close', () => upstream.destroy())
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) {
        const kept = chunk.length + left
        left = Infinity
        broken += 1
        upstream.destroy()
        if (how === 'reset') client.resetAndDestroy()
        else client.end(chunk.subarray(0, kept))
        return
      }
      if (client.write(chunk)) return
      upstream.pause()
      client.once('drain', () => upstream.resume())
    })
    upstream.on('end', () => client.end())
    upstream.on('close', (hadError) => hadError && client.resetAndDestroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken: () => broken,
    breakAfter(bytes, by) {
      left = bytes
      how = by
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
