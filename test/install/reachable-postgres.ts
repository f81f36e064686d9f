import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import type { Testbed } from '../support/testbed.ts'

/** A database of a test's own that pods reach. */
export interface ReachablePostgres {
  /** Its address as pods have it. */
  readonly url: string
  close(): Promise<void>
}

/** Makes a database on the testbed's server, which listens to this machine alone, and lets pods through to it meanwhile. */
export async function reachablePostgres(testbed: Testbed, server: string): Promise<ReachablePostgres> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client(server)
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  const { hostname, port } = new URL(server)
  const sockets = new Set<Socket>()
  const door = createServer((from) => {
    const to = connect(Number(port), hostname)
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => door.listen(0, testbed.host, resolve))
  const url = new URL(server)
  url.hostname = testbed.host
  url.port = String((door.address() as AddressInfo).port)
  url.pathname = `/${name}`
  url.searchParams.set('sslmode', 'disable')
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => door.close(resolve))
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await client.end()
    },
  }
}
