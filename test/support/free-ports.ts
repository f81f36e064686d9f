import { createServer } from 'node:net'

/** Below the ports that the system gives to outgoing connections, and away from those of the testbed. */
const lowest = 20_000
const highest = 26_999

/**
 * Different ports at which nobody listens at the moment, and which nobody is given by chance before they are used: also not while a service
 * that is killed and started again is away.
 * @param host address at which somebody will listen
 */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1))
    if (!found.has(port) && (await isFree(port, host))) found.add(port)
  }
  return [...found]
}

/** One of them. */
export async function freePort(host?: string): Promise<number> {
  const [port] = await freePorts(1, host)
  if (port === undefined) throw new Error('no free port')
  return port
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
