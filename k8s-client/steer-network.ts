import type { Logger } from '../core/ports/logger.ts'
import { hasStatus } from './api/api-error.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { containerStates } from './observe/containers.ts'
import type { Pod } from './observe/objects.ts'
import { networkLabel, type Reach, workerNetworkLabel } from './render/network.ts'

/**
 * Gives the pod of a worker without network the label for where it stands: `none` from the end of `fetch` to the end of the worker,
 * then `store`. The worker's gate and the upload wait for what this does, so it may come late; and it is done anew at every look,
 * so it may be lost.
 */
export async function steerNetwork(api: NamespaceApi, pod: Pod, logger: Logger): Promise<void> {
  const wanted = wantedReach(pod)
  const { labels, name, uid, resourceVersion } = pod.metadata
  if (wanted === undefined || labels[networkLabel] === wanted) return
  try {
    await api.patch('pods', name, [
      { op: 'test', path: '/metadata/uid', value: uid },
      // What was seen must still be so: else an old look could close the network to an upload that has begun.
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'add', path: `/metadata/labels/${networkLabel.replace('/', '~1')}`, value: wanted },
    ])
  } catch (error) {
    // Changed since, or gone: whoever changed it makes us look again.
    if (hasStatus(error, 422) || hasStatus(error, 404) || hasStatus(error, 409)) return
    if (!hasStatus(error, 400) && !hasStatus(error, 403)) throw error
    // A policy or the Role forbids it: the gate gives up and says so, and until then the attempt must be judged and can be ended.
    logger.warn('the network of a pod cannot be steered', { pod: name, namespace: api.namespace, error })
  }
}

/** What the pod shall reach now, `undefined` where it is not to be steered or `fetch` is not through. */
export function wantedReach(pod: Pod): Reach | undefined {
  if (pod.metadata.labels[workerNetworkLabel] !== 'none') return undefined
  const states = containerStates(pod)
  const fetch = states.get('fetch')
  if (states.get('worker')?.is === 'ended') return 'store'
  return fetch?.is === 'ended' && fetch.end.exitCode === 0 ? 'none' : undefined
}
