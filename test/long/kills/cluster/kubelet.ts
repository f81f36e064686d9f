import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { SidecarTask } from '../../../../core/job/sidecar-task.ts'
import {
  asObject,
  type Json,
  type JsonObject,
  objectAt,
  parseJson,
  textAt,
} from '../../../../demo/simulated-connector/json.ts'
import { SidecarFailure } from '../../../../sidecar/failure.ts'
import { uploadOutputs } from '../../../../sidecar/upload/upload-outputs.ts'
import { type ClusterObject, labelsOf, metadataOf, type Objects, seconds } from './objects.ts'

/** What the worker of these trials is told, by its ConfigMap. */
export interface Orders {
  /** How long it computes, in milliseconds. */
  readonly workMs: number
  /** What it ends with. */
  readonly exit: number
  /** Up to which attempt it ends with 3 whatever `exit` says. */
  readonly failAttempts: number
  /** What it writes. */
  readonly text: string
}

const ordersSchema = z.object({
  WORK_MS: z.coerce.number(),
  EXIT: z.coerce.number(),
  FAIL_ATTEMPTS: z.coerce.number(),
  TEXT: z.string(),
})
/** How long a container takes to start, and one that is told to end takes to end. Milliseconds. */
const startMs = 15
const graceMs = 150

/** Runs pods: what the containers do is played, but for `upload`, which is the data sidecar's own code. */
export class Kubelet {
  readonly #objects: Objects
  readonly #folder: string
  readonly #logs = new Map<string, string>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopped = new Map<string, AbortController>()
  readonly #violations: string[]

  constructor(objects: Objects, folder: string, violations: string[]) {
    this.#objects = objects
    this.#folder = folder
    this.#violations = violations
  }

  /** Begins to run a pod. */
  run(pod: ClusterObject): void {
    const stop = new AbortController()
    this.#stopped.set(pod.uid, stop)
    const running = this.#live(pod, stop.signal)
      .catch((error: unknown) => {
        this.#violations.push(
          `the pod ${pod.name} could not be run: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
      .finally(() => {
        this.#running.delete(running)
        this.#stopped.delete(pod.uid)
      })
    this.#running.add(running)
  }

  /** Tells what runs in a pod to end, as a deadline that has passed does. */
  stop(pod: ClusterObject): void {
    this.#stopped.get(pod.uid)?.abort()
  }

  /** The log of a container, `undefined` where it has not started. */
  log(pod: ClusterObject, container: string): string | undefined {
    return this.#logs.get(`${pod.uid} ${container}`)
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const stop of this.#stopped.values()) stop.abort()
    await Promise.all(this.#running)
  }

  async #live(pod: ClusterObject, signal: AbortSignal): Promise<void> {
    const spec = objectAt(pod.whole, 'spec') ?? {}
    const status: JsonObject = {
      phase: 'Pending',
      startTime: seconds(Date.now()),
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      initContainerStatuses: namesIn(spec['initContainers']).map(waiting),
      containerStatuses: namesIn(spec['containers']).map(waiting),
    }
    pod.whole['status'] = status
    const output = await mkdtemp(join(this.#folder, 'pod-'))
    try {
      for (const container of [...listOf(status['initContainerStatuses']), ...listOf(status['containerStatuses'])]) {
        await pause(startMs)
        const startedAt = seconds(Date.now())
        if (!signal.aborted) {
          container['state'] = { running: { startedAt } }
          status['phase'] = textAt(container, 'name') === 'upload' ? 'Running' : 'Pending'
          this.#objects.changed(pod)
        }
        const end = signal.aborted
          ? { exitCode: 137, message: '' }
          : await this.#container(pod, container, output, signal)
        container['state'] = {
          terminated: {
            ...end,
            reason: end.exitCode === 0 ? 'Completed' : 'Error',
            startedAt,
            finishedAt: seconds(Date.now()),
          },
        }
        if (end.exitCode !== 0) {
          status['phase'] = 'Failed'
          if (signal.aborted) status['reason'] = 'DeadlineExceeded'
        }
        this.#objects.changed(pod)
        if (end.exitCode !== 0) return
      }
      status['phase'] = 'Succeeded'
      this.#objects.changed(pod)
    } finally {
      await rm(output, { recursive: true, force: true })
    }
  }

  async #container(
    pod: ClusterObject,
    container: JsonObject,
    output: string,
    signal: AbortSignal,
  ): Promise<{ readonly exitCode: number; readonly message: string }> {
    const name = textAt(container, 'name')
    const log = (text: string): void => {
      const key = `${pod.uid} ${name}`
      this.#logs.set(key, `${this.#logs.get(key) ?? ''}${text}\n`)
    }
    log(`${name} begins`)
    if (name === 'upload') return this.#upload(pod, output, signal, log)
    if (name !== 'worker') {
      await pause(startMs, undefined, { signal }).catch(() => undefined)
      return { exitCode: signal.aborted ? 143 : 0, message: '' }
    }
    const { workMs, exit, failAttempts, text } = this.#orders(pod)
    await pause(workMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) {
      await pause(graceMs)
      return { exitCode: 143, message: '' }
    }
    const failed = Number(labelsOf(pod)['dataspace-compute/attempt']) <= failAttempts
    await writeFile(join(output, 'result.txt'), text)
    return { exitCode: failed ? 3 : exit, message: '' }
  }

  async #upload(
    pod: ClusterObject,
    output: string,
    signal: AbortSignal,
    log: (text: string) => void,
  ): Promise<{ readonly exitCode: number; readonly message: string }> {
    const secret = this.#objects.get('secrets', pod.namespace, attemptOf(pod))
    const task = parseJson(textAt(objectAt(secret?.whole, 'stringData'), 'task.json'))
    if (task === undefined) throw new Error('it has no Secret with a task')
    try {
      await mkdir(output, { recursive: true })
      // The Secret holds what the service rendered; the upload itself checks nothing of its form.
      await uploadOutputs(task as unknown as SidecarTask, output, signal, { progress: log })
      return { exitCode: 0, message: '' }
    } catch (error) {
      const report =
        error instanceof SidecarFailure ? error.report() : { cause: 'upload-failed', message: String(error) }
      return { exitCode: signal.aborted ? 143 : 1, message: JSON.stringify(report) }
    }
  }

  #orders(pod: ClusterObject): Orders {
    const configMap = this.#objects.get('configmaps', pod.namespace, attemptOf(pod))
    if (configMap === undefined) throw new Error('it has no ConfigMap')
    const { WORK_MS, EXIT, FAIL_ATTEMPTS, TEXT } = ordersSchema.parse(objectAt(configMap.whole, 'data'))
    return { workMs: WORK_MS, exit: EXIT, failAttempts: FAIL_ATTEMPTS, text: TEXT }
  }
}

/** Name of the Job of a pod, which its other objects share. */
function attemptOf(pod: ClusterObject): string {
  const [owner] = listOf(metadataOf(pod)['ownerReferences'])
  return textAt(owner, 'name')
}

function namesIn(containers: Json | undefined): readonly string[] {
  return listOf(containers).map((container) => textAt(container, 'name'))
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : []
}

function waiting(name: string): JsonObject {
  return { name, state: { waiting: { reason: 'PodInitializing' } } }
}
