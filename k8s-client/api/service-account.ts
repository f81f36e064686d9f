import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Access, AccessSource } from './access.ts'

/** Where Kubernetes puts a pod's token and the certificate of its API server. */
const mountedAt = '/var/run/secrets/kubernetes.io/serviceaccount'
/** How long a token is used before the file is read again; the kubelet renews it long before it runs out. Milliseconds. */
const tokenLifeMs = 30_000

/**
 * The identity of the pod that we run in; `undefined` outside of pods, or where the pod has none.
 * @param apiServer host and port, as Kubernetes tells every pod
 */
export function serviceAccount(
  apiServer: { readonly host: string; readonly port: string } | undefined,
  folder = mountedAt,
): AccessSource | undefined {
  if (apiServer === undefined || !existsSync(join(folder, 'token'))) return undefined
  const host = apiServer.host.includes(':') ? `[${apiServer.host}]` : apiServer.host
  const server = `https://${host}:${apiServer.port}`
  let known: { readonly access: Access; readonly at: number } | undefined
  const read = async (): Promise<Access> => {
    const [token, ca] = await Promise.all([readFile(join(folder, 'token'), 'utf8'), readFile(join(folder, 'ca.crt'))])
    const identity = createHash('sha256').update(server).update(ca).digest('hex')
    const headers = { Authorization: `Bearer ${token.trim()}` }
    const access: Access = { server, headers, certificates: { ca }, proxy: undefined, identity }
    known = { access, at: performance.now() }
    return access
  }
  return {
    current: async () =>
      known === undefined || performance.now() - known.at > tokenLifeMs ? await read() : known.access,
    renew: read,
  }
}
