import type { Failure } from '../core/job/causes.ts'
import { type AttemptRef, attemptName } from '../core/job/names.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import type { FoundPod } from './attempt-objects.ts'
import { altered } from './kept/altered.ts'
import { keptPodDifferences } from './kept/kept-pod.ts'
import { readMetadata } from './observe/objects.ts'
import type { KubernetesOptions } from './options.ts'

/** How many pods are remembered. One that was forgotten is compared once more. */
const mostRemembered = 20_000

/** Compares each pod once with the Job that it was made of, at the price of one more read. */
export class ComparedPods {
  readonly #sound = new Set<string>()
  readonly #options: Pick<KubernetesOptions, 'clusterChanges' | 'logger'>

  constructor(options: Pick<KubernetesOptions, 'clusterChanges' | 'logger'>) {
    this.#options = options
  }

  /** Why a pod must not go on: the cluster made it otherwise than its Job says. `undefined` where it is as it should be. */
  async failure(api: NamespaceApi, ref: AttemptRef, pod: FoundPod): Promise<Failure | undefined> {
    const { uid, ownerReferences } = pod.metadata
    if (this.#sound.has(uid)) return undefined
    const job = await api.get('jobs', attemptName(ref))
    // Its Job is gone, and the pod goes with it.
    if (job === undefined || !ownerReferences?.some((owner) => owner.uid === readMetadata(job).uid)) return undefined
    const found = keptPodDifferences(job, pod.kept)
    if (found.length > 0) {
      const failure = altered('pod', found, api.namespace)
      if (this.#options.clusterChanges !== 'warn') return failure
      this.#options.logger.warn('the cluster changed a pod', { ...ref, reason: failure.message })
    }
    this.#remember(uid)
    return undefined
  }

  #remember(uid: string): void {
    const [oldest] = this.#sound
    if (this.#sound.size >= mostRemembered && oldest !== undefined) this.#sound.delete(oldest)
    this.#sound.add(uid)
  }
}
