import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** How a connection is broken: by a reset, or by an end that looks orderly. */
export type Break = 'reset' | 'end'

/** A TCP proxy that breaks connections in the middle of what they carry. */
export interface BreakingProxy {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  /** How many connections it has broken. */
  broken(): number
  /**
   * Breaks the connection that carries the last of so many bytes to its client, counted over what is asked for from now on: the rest
   * of an answer that nobody waits for any more does not count.
   */
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
  let plan: { left: number; readonly how: Break } | undefined
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
    let mine = plan
    client.on('data', () => {
      mine = plan
    })
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      if (plan !== undefined && mine === plan) plan.left -= chunk.length
      if (plan !== undefined && mine === plan && plan.left < 0) {
        const { left, how } = plan
        plan = undefined
        broken += 1
        upstream.destroy()
        if (how === 'reset') client.resetAndDestroy()
        else client.end(chunk.subarray(0, chunk.length + left))
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
    breakAfter(bytes, how) {
      plan = { left: bytes, how }
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
