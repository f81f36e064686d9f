import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { asObject, type JsonObject, objectAt, textAt } from '../../../demo/simulated-connector/json.ts'
import { isGoing, labelsOf, nameOf, type Objects, ownersOf, seconds, uidOf } from './objects.ts'
import type { Pace } from './pace.ts'
import { freshStatus, type PodRun, runPod } from './pod-run.ts'
import type { Worker } from './worker.ts'

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
  /** What must never be, and was seen. */
  readonly violations: string[] = []
  readonly #objects: Objects
  readonly #folder: string
  readonly #worker: Worker
  readonly #pace: Pace
  readonly #jobs: { readonly name: string; readonly uid: string }[] = []
  readonly #workers = new Map<string, number>()
  readonly #later = new Set<Promise<void>>()
  #closing = false

  /** @param folder where pods have their volumes */
  constructor(objects: Objects, folder: string, worker: Worker, pace: Pace) {
    this.#objects = objects
    this.#folder = folder
    this.#worker = worker
    this.#pace = pace
  }

  get journal(): ClusterJournal {
    return { jobs: this.#jobs, workers: this.#workers }
  }

  /** A Job was made. */
  jobMade(job: JsonObject): void {
    const name = nameOf(job)
    if (this.#jobs.some((one) => one.name === name)) this.violations.push(`the Job ${name} was made a second time`)
    const others = this.#objects.all('jobs').map(nameOf)
    for (const other of others)
      if (other !== name && jobOf(other) === jobOf(name))
        this.violations.push(`the Job ${name} was made while ${other} existed`)
    this.#jobs.push({ name, uid: uidOf(job) })
    this.jobChanged(job)
  }

  /** A Job was made or changed: it gets its pod when it is let go. */
  jobChanged(job: JsonObject): void {
    if (this.#wantsPod(job)) this.#after(this.#pace.podMs, () => this.#wantsPod(job) && this.#makePod(job))
  }

  /** A pod was changed: a deadline that has passed ends it. */
  podChanged(pod: JsonObject): void {
    if (asObject(pod['spec'])['activeDeadlineSeconds'] === 1) this.runs.get(nameOf(pod))?.stop()
  }

  /** An object was made whose owner is gone already: the collector takes it. */
  collect(resource: string, object: JsonObject): void {
    const owners = ownersOf(object)
    const alive = new Set(this.#objects.all('jobs').map(uidOf))
    if (owners.length > 0 && !owners.some((uid) => alive.has(uid)))
      this.#after(this.#pace.goneMs, () => this.#objects.remove(resource, nameOf(object)))
  }

  /** Somebody asked for the removal of an object: in the foreground it stays until everything it owns is gone. */
  remove(resource: string, name: string, foreground: boolean): void {
    const object = this.#objects.get(resource, name)
    if (resource !== 'jobs' && resource !== 'pods') return this.#objects.remove(resource, name)
    if (isGoing(object)) return
    this.#mark(resource, name)
    const pods = resource === 'pods' ? [name] : this.#objects.ownedBy('pods', object).map(nameOf)
    for (const pod of pods) if (pod !== name) this.#mark('pods', pod)
    if (resource === 'jobs' && !foreground) this.#objects.removeAlone(resource, name)
    this.#after(this.#pace.goneMs, async () => {
      for (const pod of pods) {
        await this.runs.get(pod)?.kill()
        this.runs.delete(pod)
        this.#objects.remove('pods', pod)
      }
      this.#objects.removeOwned(object)
      if (foreground || resource === 'pods') this.#objects.remove(resource, name)
    })
  }

  /** Ends everything that runs. */
  async close(): Promise<void> {
    this.#closing = true
    while (this.#later.size > 0 || this.runs.size > 0) {
      await Promise.all([...this.runs].map(([name, run]) => run.kill().finally(() => this.runs.delete(name))))
      await Promise.all(this.#later)
    }
  }

  /** Whether it is let go and has no pod yet. */
  #wantsPod(job: JsonObject): boolean {
    const present = this.#objects.find('jobs', nameOf(job))
    if (this.#closing || present === undefined || uidOf(present) !== uidOf(job) || isGoing(present)) return false
    return asObject(present['spec'])['suspend'] !== true && this.#objects.ownedBy('pods', present).length === 0
  }

  #makePod(job: JsonObject): void {
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
    const run = runPod({
      objects: this.#objects,
      podName: name,
      jobName: nameOf(job),
      folder: this.#folder,
      worker: (call) => {
        this.#workers.set(nameOf(job), (this.#workers.get(nameOf(job)) ?? 0) + 1)
        return this.#worker(call)
      },
      startMs: this.#pace.startMs,
    })
    this.runs.set(name, run)
    const ended = run.done
      .then(
        () => this.#podEnded(name, nameOf(job)),
        (error: unknown) => void this.violations.push(`the pod ${name} could not be run: ${String(error)}`),
      )
      .finally(() => this.#later.delete(ended))
    this.#later.add(ended)
  }

  #mark(resource: string, name: string): void {
    this.#objects.change(resource, name, (one) => {
      asObject(one['metadata'])['deletionTimestamp'] = seconds(Date.now())
      asObject(one['metadata'])['deletionGracePeriodSeconds'] = 3
    })
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

  /** Does something in a while, or at once. */
  #after(milliseconds: number, run: () => unknown): void {
    const done = (milliseconds === 0 ? Promise.resolve() : pause(milliseconds))
      .then(run)
      .then(
        () => undefined,
        (error: unknown) => void this.violations.push(`the controller failed: ${String(error)}`),
      )
      .finally(() => this.#later.delete(done))
    this.#later.add(done)
  }
}

/** Name of a Job without the number of its attempt. */
function jobOf(name: string): string {
  return name.replace(/-\d+$/, '')
}
