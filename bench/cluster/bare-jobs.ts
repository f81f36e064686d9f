import { Credentials } from '../../k8s-client/api/credentials.ts'
import { NamespaceApi } from '../../k8s-client/api/namespace-api.ts'
import { Transport } from '../../k8s-client/api/transport.ts'

/** Creates Jobs that do nothing, to see how long the API server takes for that alone. */
export interface BareJobs {
  /** Creates a small suspended Job over a kept connection, and gives how long that took, in milliseconds. */
  create(): Promise<number>
  /** Removes them. */
  close(): Promise<void>
}

/** Begins, with a connection that is there. */
export async function bareJobs(kubeconfig: string, namespace: string): Promise<BareJobs> {
  const transport = new Transport(new Credentials({ kubeconfig }))
  const api = new NamespaceApi(transport, namespace)
  let made = 0
  await api.probe('jobs', {})
  return {
    async create() {
      const job = bareJob(`bare-${made++}`)
      const begun = performance.now()
      await api.create('jobs', job)
      return performance.now() - begun
    },
    async close() {
      for (let index = 0; index < made; index++) await api.delete('jobs', `bare-${index}`, 'Background')
      await transport.close()
    },
  }
}

function bareJob(name: string): object {
  const container = {
    name: 'worker',
    image: 'localhost/busybox:1',
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
  const template = { spec: { restartPolicy: 'Never', containers: [container] } }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { suspend: true, template } }
}
