import { hasStatus, isNotFound } from './api/api-error.ts'
import type { WatchHealth } from './api/list-watch.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { ourSelector } from './labels.ts'
import type { Spaces } from './tenants/spaces.ts'

/** How many failures of the watch in a row are a reason to say that the backend cannot be used: two pass by themselves all the time. */
const toleratedFailures = 3

/**
 * Fails where the cluster cannot be used right now: it does not answer, the Role lacks a rule, or the watch does not come about.
 * @param health of the watch; `undefined` where nobody watches yet
 */
export async function checkReadiness(spaces: Spaces, health: WatchHealth | undefined): Promise<void> {
  await probeOne(await spaces.all())
  if (health !== undefined && health.failures >= toleratedFailures)
    throw new Error(
      `the watch on pods failed ${health.failures} times in a row: ${health.lastError ?? 'no reason known'}`,
    )
}

/** Of several namespaces one that answers stands for all: they have one role. One that goes, or lost its RoleBinding, is one consumer's trouble. */
async function probeOne(all: readonly NamespaceApi[]): Promise<void> {
  for (const [index, api] of all.entries()) {
    try {
      return await api.probe('jobs', { labelSelector: ourSelector })
    } catch (error) {
      const ofNamespace = isNotFound(error) || (hasStatus(error, 403) && error.byKubernetes)
      if (!ofNamespace || index === all.length - 1) throw error
    }
  }
}
