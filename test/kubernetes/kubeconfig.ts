import { readFile, writeFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'

const schema = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) })),
  users: z.array(z.object({ user: z.looseObject({}) })),
})

/** What a kubeconfig of a test differs in from the administrator's. */
export interface KubeconfigChanges {
  /** Another address of the API server. */
  readonly server?: string
  /** Address of an HTTP proxy in between. */
  readonly proxy?: string
  /** A bearer token instead of the administrator's certificate. */
  readonly token?: string
}

/** Where the API server of a kubeconfig listens. */
export async function serverOf(path: string): Promise<URL> {
  return new URL((await read(path)).cluster.server)
}

/** Writes a kubeconfig like the administrator's with another address or identity. */
export async function writeKubeconfig(
  admin: string,
  path: string,
  { server, proxy, token }: KubeconfigChanges,
): Promise<void> {
  const { cluster, user } = await read(admin)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          ...cluster,
          ...(server === undefined ? {} : { server }),
          ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
        },
      },
    ],
    users: [{ name: 'test', user: token === undefined ? user : { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
}

async function read(path: string) {
  const { clusters, users } = schema.parse(parse(await readFile(path, 'utf8')))
  const [cluster] = clusters
  const [user] = users
  if (cluster === undefined || user === undefined) throw new Error(`${path} names no cluster or user`)
  return { cluster: cluster.cluster, user: user.user }
}
