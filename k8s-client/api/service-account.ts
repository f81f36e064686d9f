import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessSource } from './access.ts'
import { KeptAccess } from './kept-access.ts'
import type { KubeconfigContext } from './kubeconfig.ts'
import { plainAccess } from './plain-access.ts'

/** Where Kubernetes puts a pod's token and the certificate of its API server. The kubelet renews the token long before it runs out. */
const mountedAt = '/var/run/secrets/kubernetes.io/serviceaccount'

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
  const context: KubeconfigContext = {
    cluster: { server: `https://${host}:${apiServer.port}`, 'certificate-authority': 'ca.crt' },
    user: { tokenFile: 'token' },
    place: (path) => join(folder, path),
  }
  return new KeptAccess(() => async () => plainAccess(context))
}
