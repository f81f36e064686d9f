import type { RequestOptions } from 'node:https'
import { delimiter } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import type { AccessParts } from './access.ts'
import type { KubeconfigSource } from './kubeconfig.ts'

/**
 * What a kubeconfig gives by the rules of the official library: programs that print credentials, plug-ins, several files merged.
 * Loaded only where it is needed: the library takes 80 MiB of memory and half a second.
 * @returns asks again at each call; the library keeps what its plug-ins gave until that is about to expire
 * @throws Error where there is no such file or context, or it names no cluster
 */
export function libraryAccess({ kubeconfig, context }: KubeconfigSource): () => Promise<AccessParts> {
  const config = new KubeConfig()
  const [first, ...more] = kubeconfig?.split(delimiter).filter((path) => path !== '') ?? []
  if (first === undefined) config.loadFromDefault()
  else config.loadFromFile(first)
  for (const path of more) {
    const other = new KubeConfig()
    other.loadFromFile(path)
    config.mergeConfig(other, true)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error('the current context of the kubeconfig names no cluster')
  return async () => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim()
    if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
    return {
      server: cluster.server,
      proxy: cluster.proxyUrl,
      headers,
      certificates: { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername },
    }
  }
}
