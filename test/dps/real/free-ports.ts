import { createServer } from 'node:net'

/** Below the ports that the system gives to outgoing connections, and away from those of the testbed. */
const lowest = 20_000
const highest = 26_999

/** Different ports of 127.0.0.1 at which nobody listens at the moment, and which nobody is given by chance before they are used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1))
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
