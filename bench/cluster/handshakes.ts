import { connect, createServer, type Socket } from 'node:net'

/** A TCP relay in front of an API server that looks at how connections begin, and passes everything on untouched. */
export interface Handshakes {
  readonly port: number
  /** How many TLS handshakes were begun so far. */
  counted(): number
  close(): Promise<void>
}

/** How a TLS connection begins: a record of the type handshake (RFC 8446, section 5.1) with a ClientHello (section 4). */
function isClientHello(bytes: Buffer): boolean {
  return bytes[0] === 22 && bytes[1] === 3 && bytes[5] === 1
}

/** Starts one at 127.0.0.1. */
export async function countHandshakes(target: URL): Promise<Handshakes> {
  const sockets = new Set<Socket>()
  let counted = 0
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(target.port), host: target.hostname, noDelay: true })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.once('data', (bytes) => {
      if (isClientHello(bytes)) counted += 1
    })
    client.pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    port: address.port,
    counted: () => counted,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
