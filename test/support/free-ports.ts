import { rmSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './is-alive.ts'

/** Below the ports that the system gives to outgoing connections, and away from those of the testbed. */
const lowest = 20_000
const highest = 26_999

/** One file for each port that a process has claimed, with its id: test files run beside each other. */
const claims = join(tmpdir(), 'dsc-test-ports')
const mine = new Set<string>()
process.once('exit', () => {
  for (const file of mine) rmSync(file, { force: true })
})

/**
 * Different ports at which nobody listens, and which are this process's until it ends: nobody else is given them before they are used, or
 * while a service that is killed and started again is away.
 * @param host address at which somebody will listen
 */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  await mkdir(claims, { recursive: true })
  const found: number[] = []
  while (found.length < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1))
    if ((await claim(port)) && (await isFree(port, host))) found.push(port)
  }
  return found
}

/** One of them. */
export async function freePort(host?: string): Promise<number> {
  const [port] = await freePorts(1, host)
  if (port === undefined) throw new Error('no free port')
  return port
}

/** @returns whether the port is this process's now, and was nobody's before */
async function claim(port: number): Promise<boolean> {
  const file = join(claims, String(port))
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const owner = Number(await readFile(file, 'utf8').catch(() => '0'))
    if (owner > 0 && !isAlive(owner)) await rm(file, { force: true }) // it was killed; the port is free for whoever comes next
    return false
  }
  mine.add(file)
  return true
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
