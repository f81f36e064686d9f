import type { WatchHealth } from './api/list-watch.ts'
import { ourSelector } from './labels.ts'
import type { Spaces } from './tenants/spaces.ts'

/** How many failures of the watch in a row are a reason to say that the backend cannot be used: two pass by themselves all the time. */
const toleratedFailures = 3

/**
 * Fails where the cluster cannot be used right now: it does not answer, the Role lacks a rule, or the watch does not come about.
 * @param health of the watch; `undefined` where nobody watches yet
 */
export async function checkReadiness(spaces: Spaces, health: WatchHealth | undefined): Promise<void> {
  // Of several namespaces one stands for all: they are asked for by one call, and have one role.
  const [api] = await spaces.all()
  await api?.probe('jobs', { labelSelector: ourSelector })
  if (health !== undefined && health.failures >= toleratedFailures)
    throw new Error(
      `the watch on pods failed ${health.failures} times in a row: ${health.lastError ?? 'no reason known'}`,
    )
}
