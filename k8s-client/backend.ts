import { type AttemptRef, attemptName } from '../core/job/names.ts'
import type { Backend } from '../core/ports/backend.ts'
import type { AccessSource } from './api/access.ts'
import { Credentials } from './api/credentials.ts'
import { ListWatch } from './api/list-watch.ts'
import { NamespaceApi } from './api/namespace-api.ts'
import { serviceAccount } from './api/service-account.ts'
import { Transport } from './api/transport.ts'
import { containerLog } from './container-log.ts'
import { attemptOf, ourSelector } from './labels.ts'
import { launch } from './launch.ts'
import { look } from './look.ts'
import { readMetadata } from './observe/objects.ts'
import type { KubernetesOptions } from './options.ts'
import { checkReadiness } from './readiness.ts'
import { remove } from './remove.ts'
import { stop } from './stop.ts'

export type { KubernetesOptions } from './options.ts'

/**
 * Makes the backend that runs attempts as Jobs of a Kubernetes cluster. Nothing is asked of the cluster yet: `check` does that.
 * @throws Error where the kubeconfig cannot be read
 */
export function createKubernetesBackend(options: KubernetesOptions): Backend {
  const transport = new Transport(accessSource(options))
  const api = new NamespaceApi(transport, options.namespace)
  const parts = { api, options, objectStore: options.objectStore, logger: options.logger }
  let watching: ListWatch | undefined
  return {
    name: 'kubernetes',
    launch: (plan) => launch(parts, plan),
    observe: (ref) => look(api, ref, options.clock.now()),
    stop: (ref) => stop(api, ref),
    log: (ref, container, maximumBytes, from = 0) => containerLog(api, ref, container, from, maximumBytes),
    remove: (ref) => remove(api, ref),
    async list(): Promise<readonly AttemptRef[]> {
      const { items } = await api.list('jobs', { labelSelector: ourSelector }, true)
      return items.flatMap((item) => {
        const { labels, name } = readMetadata(item)
        const ref = attemptOf(labels)
        return ref !== undefined && attemptName(ref) === name ? [ref] : []
      })
    },
    watch(listener) {
      if (watching !== undefined) throw new Error('the kubernetes backend is watched already')
      watching = new ListWatch({
        api,
        resource: 'pods',
        selection: { labelSelector: ourSelector },
        logger: options.logger,
        listener(labels) {
          const ref = attemptOf(labels)
          if (ref !== undefined) listener(ref.jobId)
        },
      })
    },
    check: () => checkReadiness(api, watching?.health),
    async close() {
      await watching?.close()
      await transport.close()
    },
  }
}

/** The kubeconfig that is named, else the identity of our pod, else the kubeconfig of this user. */
function accessSource(options: KubernetesOptions): AccessSource {
  const named = options.kubeconfig !== undefined || options.context !== undefined
  const account = named ? undefined : serviceAccount(options.apiServer)
  if (account !== undefined) return account
  return new Credentials(options)
}
