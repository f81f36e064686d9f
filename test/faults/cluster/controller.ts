import { randomUUID } from 'node:crypto'
import { asObject, type JsonObject, objectAt, textAt } from '../../../demo/simulated-connector/json.ts'
import { isGoing, labelsOf, nameOf, type Objects, seconds, uidOf } from './objects.ts'
import { freshStatus, type PodRun, runPod } from './pod-run.ts'

/** What the cluster was asked to run, for an oracle. */
export interface ClusterJournal {
  /** Every Job that ever was, with its uid. */
  readonly jobs: readonly { readonly name: string; readonly uid: string }[]
  /** How often the worker of a Job of this name was started. */
  readonly workers: ReadonlyMap<string, number>
}

/** Does what Kubernetes' controllers and kubelet do for Jobs of one pod. */
export class Controller {
  readonly runs = new Map<string, PodRun>()
  readonly #objects: Objects
  readonly #folder: string
  readonly #jobs: { readonly name: string; readonly uid: string }[] = []
  readonly #workers = new Map<string, number>()
  readonly #removals = new Set<Promise<void>>()

  /** @param folder where pods have their volumes */
  constructor(objects: Objects, folder: string) {
    this.#objects = objects
    this.#folder = folder
  }

  get journal(): ClusterJournal {
    return { jobs: this.#jobs, workers: this.#workers }
  }

  /** A Job was made. */
  jobMade(job: JsonObject): void {
    this.#jobs.push({ name: nameOf(job), uid: uidOf(job) })
    this.jobChanged(job)
  }

  /** A Job was made or changed: it gets its pod when it is let go. */
  jobChanged(job: JsonObject): void {
    if (isGoing(job) || asObject(job['spec'])['suspend'] === true || this.#objects.ownedBy('pods', job).length > 0)
      return
    const template = objectAt(objectAt(job, 'spec'), 'template')
    const spec = structuredClone(objectAt(template, 'spec') ?? {})
    const name = `${nameOf(job)}-${randomUUID().slice(0, 5)}`
    this.#objects.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: { ...labelsOf(asObject(template)) },
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'Job', name: nameOf(job), uid: uidOf(job), controller: true },
        ],
      },
      spec,
      status: freshStatus(spec),
    })
    this.#objects.change('jobs', nameOf(job), (one) => {
      one['status'] = { startTime: seconds(Date.now()), active: 1, conditions: [] }
    })
    const run = runPod(this.#objects, name, this.#folder, {
      workerStarted: (jobName) => this.#workers.set(jobName, (this.#workers.get(jobName) ?? 0) + 1),
    })
    this.runs.set(name, run)
    void run.done.then(() => this.#podEnded(name, nameOf(job)))
  }

  /** A pod was changed: a deadline that has passed ends it. */
  podChanged(pod: JsonObject): void {
    if (asObject(pod['spec'])['activeDeadlineSeconds'] === 1) this.runs.get(nameOf(pod))?.stop()
  }

  /** Somebody asked for the removal of an object. */
  remove(resource: string, name: string, foreground: boolean): void {
    const object = this.#objects.get(resource, name)
    if (resource !== 'jobs' && resource !== 'pods') return this.#objects.remove(resource, name)
    if (isGoing(object)) return
    this.#mark(resource, name)
    const pods = resource === 'pods' ? [name] : this.#objects.ownedBy('pods', object).map(nameOf)
    for (const pod of pods) if (pod !== name) this.#mark('pods', pod)
    if (resource === 'jobs' && !foreground) this.#objects.remove(resource, name)
    const removal = this.#finish(resource, name, pods).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  /** Ends everything that runs. */
  async close(): Promise<void> {
    await Promise.all([...this.runs.values()].map((run) => run.kill()))
    await Promise.all(this.#removals)
  }

  #mark(resource: string, name: string): void {
    this.#objects.change(resource, name, (one) => {
      asObject(one['metadata'])['deletionTimestamp'] = seconds(Date.now())
      asObject(one['metadata'])['deletionGracePeriodSeconds'] = 3
    })
  }

  async #finish(resource: string, name: string, pods: readonly string[]): Promise<void> {
    for (const pod of pods) {
      await this.runs.get(pod)?.kill()
      this.#objects.remove('pods', pod)
    }
    this.#objects.remove(resource, name)
  }

  #podEnded(podName: string, jobName: string): void {
    const pod = this.#objects.find('pods', podName)
    if (pod === undefined || this.#objects.find('jobs', jobName) === undefined) return
    const well = textAt(objectAt(pod, 'status'), 'phase') === 'Succeeded'
    const now = seconds(Date.now())
    this.#objects.change('jobs', jobName, (job) => {
      const conditions = [
        { type: well ? 'Complete' : 'Failed', status: 'True', reason: '', message: '', lastTransitionTime: now },
      ]
      job['status'] = { startTime: now, ...(well ? { completionTime: now } : {}), conditions }
    })
  }
}
