import { attemptName } from '../core/job/names.ts'
import type { Backend, FoundAttempt } from '../core/ports/backend.ts'
import type { AccessSource } from './api/access.ts'
import { Credentials } from './api/credentials.ts'
import { serviceAccount } from './api/service-account.ts'
import { Transport } from './api/transport.ts'
import { ClusterTime } from './cluster-time.ts'
import { ComparedPods } from './compared-pods.ts'
import { containerLog } from './container-log.ts'
import { attemptOf, installationOf, ourSelector } from './labels.ts'
import { checkAllowed } from './check-allowed.ts'
import { launch } from './launch.ts'
import { look } from './look.ts'
import { type Metadata, metadataOf } from './observe/objects.ts'
import type { KubernetesOptions } from './options.ts'
import { checkReadiness } from './readiness.ts'
import { remove } from './remove.ts'
import { stop } from './stop.ts'
import { oneSpace } from './tenants/spaces.ts'
import { tenantSpaces } from './tenants/tenant-spaces.ts'
import { type SpacesWatch, watchSpaces } from './tenants/watch-spaces.ts'

export type { KubernetesOptions } from './options.ts'

/**
 * Makes the backend that runs attempts as Jobs of a Kubernetes cluster. Nothing is asked of the cluster yet: `check` does that.
 * @throws Error where the kubeconfig cannot be read
 */
export function createKubernetesBackend(options: KubernetesOptions): Backend {
  const time = new ClusterTime(options.clock)
  const compared = new ComparedPods(options)
  const transport = new Transport(accessSource(options), (serverTime) => time.heard(serverTime))
  const { clock, logger, objectStore, tenants } = options
  const spaces =
    tenants === undefined ? oneSpace(transport, options.namespace) : tenantSpaces({ transport, clock, logger }, tenants)
  let watching: SpacesWatch | undefined
  return {
    name: 'kubernetes',
    async launch(plan) {
      checkAllowed(plan, options)
      const api = await spaces.prepared(plan.ref, plan.consumerId)
      return launch({ api, options: { ...options, namespace: api.namespace }, objectStore, logger }, plan)
    },
    async observe(ref) {
      const api = await spaces.of(ref)
      return api === undefined ? { presence: 'absent' } : look(api, ref, time, compared, logger)
    },
    async stop(ref) {
      const api = await spaces.of(ref)
      if (api !== undefined) await stop(api, ref)
    },
    async log(ref, container, maximumBytes, from = 0) {
      const api = await spaces.of(ref)
      return api === undefined ? undefined : containerLog(api, ref, container, from, maximumBytes)
    },
    async remove(ref) {
      const api = await spaces.of(ref)
      if (api !== undefined) await remove(api, ref)
    },
    async list(unreadable): Promise<readonly FoundAttempt[]> {
      const found: FoundAttempt[] = []
      const all = await spaces.all()
      let failed = 0
      for (const api of all) {
        try {
          const { items } = await api.list('jobs', { labelSelector: ourSelector }, true)
          const attempts = items.flatMap((item) => foundAttempt(metadataOf(item)))
          for (const { jobId } of attempts) spaces.seen(jobId, api)
          found.push(...attempts)
        } catch (error) {
          failed += 1
          if (unreadable === undefined || failed === all.length) throw error
          unreadable(error)
        }
      }
      return found
    },
    watch(listener) {
      if (watching !== undefined) throw new Error('the kubernetes backend is watched already')
      // One watch is one connection for as long as the namespace is there: not of the pool that calls share.
      const transportOf = tenants === undefined ? undefined : () => new Transport(accessSource(options))
      watching = watchSpaces(spaces, logger, transportOf, (labels, api) => {
        const ref = attemptOf(labels)
        if (ref === undefined) return
        spaces.seen(ref.jobId, api)
        listener(ref.jobId)
      })
    },
    check: () => checkReadiness(spaces, watching?.health()),
    async close() {
      await watching?.close()
      await transport.close()
    },
  }
}

/** The attempt that a Job is of, where its name says the same as its labels. */
function foundAttempt(metadata: Metadata | undefined): readonly FoundAttempt[] {
  if (metadata === undefined) return [] // whatever it is, it is no Job of ours that could be told from others
  const { labels, name, creationTimestamp } = metadata
  const ref = attemptOf(labels)
  if (ref === undefined || attemptName(ref) !== name) return []
  const installation = installationOf(labels)
  return [{ ...ref, since: creationTimestamp, ...(installation === undefined ? {} : { installation }) }]
}

/** The kubeconfig that is named, else the identity of our pod, else the kubeconfig of this user. */
function accessSource(options: KubernetesOptions): AccessSource {
  const named = options.kubeconfig !== undefined || options.context !== undefined
  const account = named ? undefined : serviceAccount(options.apiServer)
  if (account !== undefined) return account
  return new Credentials(options)
}
