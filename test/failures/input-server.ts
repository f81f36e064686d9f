import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of inputs, reached by pods, that has every fault a test needs. */
export interface InputServer {
  /** `host:port`, as DSC_INPUT_HOSTS takes it. */
  readonly host: string
  /** How often a path was asked for. */
  asked(path: string): number
  close(): Promise<void>
}

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/text.txt': (response) => response.end('to be or not to be\n'),
  '/told-large.bin': (response) => {
    response.writeHead(200, { 'content-length': 5_000_000 })
    response.end(Buffer.alloc(5_000_000))
  },
  // says nothing of its length: how large it is shows only while it comes
  '/silently-large.bin': (response) => {
    response.write(Buffer.alloc(3_000_000))
    response.end(Buffer.alloc(2_000_000))
  },
  '/hangs.bin': () => undefined,
}

/** Starts one at an address of this machine that pods reach. */
export async function startInputServer(host: string): Promise<InputServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    asked.push(path)
    const answer = answers[path]
    if (answer === undefined) response.writeHead(404).end('there is no such file\n')
    else answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    host: `${host}:${(server.address() as AddressInfo).port}`,
    asked: (path) => asked.filter((one) => one === path).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
