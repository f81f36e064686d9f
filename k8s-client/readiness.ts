import type { NamespaceApi } from './api/namespace-api.ts'
import type { WatchHealth } from './api/list-watch.ts'
import { ourSelector } from './labels.ts'

/** How many failures of the watch in a row are a reason to say that the backend cannot be used: two pass by themselves all the time. */
const toleratedFailures = 3

/**
 * Fails where the cluster cannot be used right now: it does not answer, the Role lacks a rule, or the watch does not come about.
 * @param health of the watch; `undefined` where nobody watches yet
 */
export async function checkReadiness(api: NamespaceApi, health: WatchHealth | undefined): Promise<void> {
  await api.probe('jobs', { labelSelector: ourSelector })
  if (health !== undefined && health.failures >= toleratedFailures)
    throw new Error(
      `the watch on pods failed ${health.failures} times in a row: ${health.lastError ?? 'no reason known'}`,
    )
}
