import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { isObject, objectAt } from '../../../../demo/simulated-connector/json.ts'
import { Kubelet } from './kubelet.ts'
import { type ClusterObject, metadataOf, type Objects, seconds } from './objects.ts'

/** Until a Job that was let go has its pod, and what is deleted goes. Milliseconds. */
const podMs = 20
const goneMs = 60

/** The Job controller and the collector of what nobody owns, as far as attempts need them. */
export class Controllers {
  /** What must never be, and was seen. */
  readonly violations: string[] = []
  /** How many Jobs ever existed under a name. */
  readonly made = new Map<string, number>()
  readonly kubelet: Kubelet
  readonly #objects: Objects
  readonly #running = new Set<Promise<void>>()

  constructor(objects: Objects, folder: string) {
    this.#objects = objects
    this.kubelet = new Kubelet(objects, folder, this.violations)
  }

  /** A Job was made. */
  jobMade(job: ClusterObject): void {
    const before = this.made.get(job.name) ?? 0
    this.made.set(job.name, before + 1)
    if (before > 0) this.violations.push(`the Job ${job.name} was made a second time`)
    const id = job.name.replace(/-\d+$/, '')
    const others = this.#objects
      .list('jobs')
      .filter(({ name }) => name !== job.name && name.replace(/-\d+$/, '') === id)
    for (const other of others) this.violations.push(`the Job ${job.name} was made while ${other.name} existed`)
  }

  /** A Job was changed: where it was let go, it gets its pod. */
  jobChanged(job: ClusterObject): void {
    const spec = objectAt(job.whole, 'spec')
    if (spec?.['suspend'] === true || this.#objects.ownedBy(job.uid).some(({ resource }) => resource === 'pods')) return
    this.#later(podMs, () => {
      if (!this.#objects.has(job) || isDeleted(job)) return
      if (this.#objects.ownedBy(job.uid).some(({ resource }) => resource === 'pods')) return
      this.kubelet.run(this.#makePod(job))
    })
  }

  /** A pod was changed: a deadline of a second has passed. */
  podChanged(pod: ClusterObject): void {
    if (objectAt(pod.whole, 'spec')?.['activeDeadlineSeconds'] === 1) this.kubelet.stop(pod)
  }

  /** An object is deleted: in the foreground it stays until everything it owns is gone. */
  delete(object: ClusterObject, foreground: boolean): void {
    if (foreground && !isDeleted(object)) {
      metadataOf(object)['deletionTimestamp'] = seconds(Date.now())
      metadataOf(object)['finalizers'] = ['foregroundDeletion']
      this.#objects.changed(object)
      this.#later(goneMs, () => {
        this.#removeOwned(object)
        this.#objects.remove(object)
      })
    } else if (!foreground) {
      if (object.resource === 'pods') this.kubelet.stop(object)
      this.#objects.remove(object)
      this.#later(goneMs, () => this.#removeOwned(object))
    }
  }

  /** An object was made whose owner is gone already: the collector takes it. */
  collect(object: ClusterObject): void {
    const owners = metadataOf(object)['ownerReferences']
    if (!Array.isArray(owners) || owners.length === 0) return
    const alive = owners.some((owner) =>
      this.#objects.list('jobs').some(({ uid }) => isObject(owner) && owner['uid'] === uid),
    )
    if (!alive) this.#later(goneMs, () => this.#objects.remove(object))
  }

  async close(): Promise<void> {
    await this.kubelet.close()
    await Promise.all(this.#running)
  }

  #removeOwned(owner: ClusterObject): void {
    for (const owned of this.#objects.ownedBy(owner.uid)) {
      if (owned.resource === 'pods') this.kubelet.stop(owned)
      this.#objects.remove(owned)
    }
  }

  #makePod(job: ClusterObject): ClusterObject {
    const template = objectAt(objectAt(job.whole, 'spec'), 'template') ?? {}
    const metadata = objectAt(template, 'metadata') ?? {}
    const pod = this.#objects.create('pods', job.namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      ...structuredClone(template),
      metadata: {
        ...metadata,
        name: `${job.name}-${randomBytes(3).toString('hex')}`,
        labels: { ...objectAt(metadata, 'labels'), 'batch.kubernetes.io/job-name': job.name },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job.name, uid: job.uid, controller: true }],
      },
      status: { phase: 'Pending' },
    })
    if (pod === undefined) throw new Error(`there is a pod of ${job.name} already`)
    return pod
  }

  #later(milliseconds: number, run: () => void): void {
    const done = pause(milliseconds)
      .then(run)
      .finally(() => this.#running.delete(done))
    this.#running.add(done)
  }
}

function isDeleted(object: ClusterObject): boolean {
  return metadataOf(object)['deletionTimestamp'] !== undefined
}
