import { createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { ConnectorPair } from './dataspace.ts'
import { eventually } from './eventually.ts'
import { readPostgresUrl, readTestbed } from './read-testbed.ts'

/** The real parts, as `npm run testbed:up` names them in the environment. */
export interface Testbed {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string
  /** An address of this machine that pods reach, too. */
  readonly host: string
  readonly objectStore: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
  /** An S3 server of another make, without STS; `undefined` where the environment names none. */
  readonly secondObjectStore: SecondObjectStore | undefined
  /** Address of a PostgreSQL server with a user who may make databases; `undefined` where the environment names none. */
  readonly postgresUrl: string | undefined
  readonly connectors: Omit<ConnectorPair, 'addressType'>
  /** Ports at 127.0.0.1 to one of which the provider posts provision requests, by the asset's address type. */
  readonly provisionPorts: readonly number[]
}

/** An S3 server without STS: its root, and two users who may do what a bucket's policy says. */
export interface SecondObjectStore {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly serviceUser: { readonly accessKey: string; readonly secretKey: string }
  readonly uploadUser: { readonly accessKey: string; readonly secretKey: string }
}

/** Address of the PostgreSQL server of the testbed, which can also run alone (`testbed/postgres.sh up`). */
const postgresUrl: string | undefined = readPostgresUrl(process.env)

/** The testbed, or undefined where it is not up or not in the environment. Read once. */
const testbed: Testbed | undefined = readTestbed(process.env)

/** Whether the testbed has a second S3 server; an older one, started before there was any, has none. */
export const secondStoreMissing = testbed !== undefined && testbed.secondObjectStore === undefined

/** TESTBED=required: a missing testbed is a failure, not a reason to skip. */
export const required = process.env['TESTBED'] === 'required'

/** RECORD=1: what the real connectors say is written down anew instead of compared. */
export const recording = process.env['RECORD'] === '1'

/**
 * A test on the real parts. Without a testbed it is skipped, with a notice in its title, or fails where TESTBED=required.
 * Tests of one file run one after the other.
 */
export function testOnTestbed(title: string, body: (t: ExecutionContext, testbed: Testbed) => Promise<void>): void {
  const present = testbed
  if (present !== undefined) test.serial(title, (t) => body(t, present))
  else if (required)
    test.serial(title, (t) =>
      t.fail(
        'TESTBED=required, but the environment names no testbed: run npm run testbed:up and export what it prints',
      ),
    )
  else test.serial.skip(`${title} (needs the testbed: npm run testbed:up)`, () => undefined)
}

/** A Docker engine with compose, as `testbed/docker.sh up` names it in the environment: path of the client, which finds the engine there. */
const dockerClient: string | undefined = process.env['TESTBED_DOCKER'] || undefined

/** A test with a real Docker engine, skipped or failed without one like a test on the testbed. Tests of one file run one after the other. */
export function testWithDocker(title: string, body: (t: ExecutionContext, client: string) => Promise<void>): void {
  const present = dockerClient
  if (present !== undefined) test.serial(title, (t) => body(t, present))
  else if (required)
    test.serial(title, (t) =>
      t.fail(
        'TESTBED=required, but the environment names no engine: run testbed/docker.sh up and export what it prints',
      ),
    )
  else test.serial.skip(`${title} (needs a Docker engine: testbed/docker.sh up)`, () => undefined)
}

/** A test that needs both the testbed and an engine. */
export function testWithDockerOnTestbed(
  title: string,
  body: (t: ExecutionContext, client: string, testbed: Testbed) => Promise<void>,
): void {
  const present = testbed
  if (present !== undefined) testWithDocker(title, (t, client) => body(t, client, present))
  else testOnTestbed(title, () => Promise.resolve())
}

/** The PostgreSQL server, `undefined` where there is none. @throws where there is none and TESTBED=required */
export function postgresServer(): string | undefined {
  if (postgresUrl === undefined && required)
    throw new Error('TESTBED=required, but the environment names no PostgreSQL server: run testbed/postgres.sh up')
  return postgresUrl
}

/** A test with a real PostgreSQL server, skipped or failed without one like a test on the testbed. */
export function testWithPostgres(title: string, body: (t: ExecutionContext, url: string) => Promise<void>): void {
  const url = postgresServer()
  if (url !== undefined) test.serial(title, (t) => body(t, url))
  else test.serial.skip(`${title} (needs PostgreSQL: testbed/postgres.sh up)`, () => undefined)
}

/** The connector pair with a port of one's own for provision requests, held until released. */
export interface ClaimedPair {
  readonly pair: ConnectorPair
  /** The service under test listens here, at 127.0.0.1, as the connector `provider`. */
  readonly provisionPort: number
  readonly release: () => Promise<void>
}

/**
 * Claims one of the ports at which the provider looks for the service, so that test files that run at the same time do not get
 * each other's requests. Waits while all are taken. The claim is a listening socket at port + 100 and dies with the process.
 */
export async function claimPair({ connectors, provisionPorts }: Testbed): Promise<ClaimedPair> {
  return eventually(
    'a port for provision requests',
    async () => {
      for (const [index, provisionPort] of provisionPorts.entries()) {
        const release = await tryListen(provisionPort + 100)
        const addressType = index === 0 ? 'HttpProvision' : `HttpProvision-${provisionPort}`
        if (release !== undefined) return { done: { pair: { ...connectors, addressType }, provisionPort, release } }
      }
      return { pending: `${provisionPorts.join(', ')} are taken` }
    },
    { deadlineMs: 240_000, pauseMs: 200 },
  )
}

/** Listens at the port and returns how to stop, or undefined where somebody else does already. */
function tryListen(port: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    const stop = () => new Promise<void>((stopped) => server.close(() => stopped()))
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => resolve(stop))
    server.unref()
  })
}
