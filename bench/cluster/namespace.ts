import { randomBytes } from 'node:crypto'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

/** A namespace of the benchmark's own. */
export interface Namespace {
  readonly name: string
  /** Removes it, without waiting for the end of that. */
  remove(): Promise<void>
}

/** Makes one that enforces the `restricted` Pod Security standard, as one for jobs must. */
export async function makeNamespace(kubeconfig: string): Promise<Namespace> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const api = config.makeApiClient(CoreV1Api)
  const name = `bench-${randomBytes(4).toString('hex')}`
  const modes = ['enforce', 'warn', 'audit']
  const labels = Object.fromEntries(modes.map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']))
  await api.createNamespace({ body: { metadata: { name, labels } } })
  return {
    name,
    async remove() {
      await api.deleteNamespace({ name })
    },
  }
}
