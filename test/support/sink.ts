import { createServer } from 'node:http'

/** A consumer's HTTP sink: what a provider's data plane pushes lands here. */
export interface Sink {
  readonly url: string
  readonly bodies: readonly Buffer[]
  close(): Promise<void>
}

/** Starts a sink at a free port of 127.0.0.1. */
export async function startSink(): Promise<Sink> {
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sink has no address')
  return {
    url: `http://127.0.0.1:${address.port}/sink`,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
