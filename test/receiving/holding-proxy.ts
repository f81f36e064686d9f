import { createServer, connect, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A TCP proxy before a service that can hold answers back, or cut them, in the middle. */
export interface HoldingProxy {
  readonly url: string
  /** From now on each connection gives that many bytes of what the service says, and then no more; resolves when the first one holds. */
  holdAfter(bytes: number): Promise<void>
  /** From now on the first so many connections are cut after that many bytes. */
  cutAfter(bytes: number, times: number): void
  /** How many were cut. */
  cuts(): number
  /** Lets everything pass again. */
  release(): void
}

/** Starts one for a test. */
export async function holdingProxy(t: ExecutionContext, target: () => string): Promise<HoldingProxy> {
  const open = new Set<Socket>()
  let limit: { readonly bytes: number; readonly held: () => void } | undefined
  let cutting: { readonly bytes: number; times: number } | undefined
  let cuts = 0
  const server = createServer((client) => {
    const { hostname, port } = new URL(target())
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    let given = 0
    upstream.on('data', (chunk: Buffer) => {
      given += chunk.byteLength
      if (cutting !== undefined && cutting.times > 0 && given > cutting.bytes) {
        cutting.times -= 1
        cuts += 1
        client.destroy()
        return
      }
      if (limit !== undefined && given > limit.bytes) {
        upstream.pause()
        limit.held()
        return
      }
      if (!client.write(chunk)) {
        upstream.pause()
        client.once('drain', () => upstream.resume())
      }
    })
    upstream.on('end', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    holdAfter(bytes) {
      const held = Promise.withResolvers<void>()
      limit = { bytes, held: held.resolve }
      return held.promise
    },
    cutAfter(bytes, times) {
      cutting = { bytes, times }
    },
    cuts: () => cuts,
    release() {
      limit = undefined
      cutting = undefined
      for (const socket of open) socket.destroy()
    },
  }
}
