import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SidecarTask } from '../../../core/job/sidecar-task.ts'
import {
  asObject,
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  parseJson,
  textAt,
} from '../../../demo/simulated-connector/json.ts'
import { asFailure } from '../../../sidecar/failure.ts'
import { fetchInputs } from '../../../sidecar/fetch/fetch-inputs.ts'
import { uploadOutputs } from '../../../sidecar/upload/upload-outputs.ts'
import { labelsOf, type Objects, seconds } from './objects.ts'
import type { Worker } from './worker.ts'

/** A pod that runs: the real sidecar's two halves around a worker that does an errand. */
export interface PodRun {
  /** The log of a container so far, `undefined` where it has not started. */
  log(container: string): string | undefined
  /** Ends it as the kubelet does at a deadline: the pod stays. */
  stop(): void
  /** Ends it because it is deleted, and waits until it has ended. */
  kill(): Promise<void>
  readonly done: Promise<void>
}

/** A pod that is to run. */
export interface Runnable {
  readonly objects: Objects
  readonly podName: string
  readonly jobName: string
  /** Where pods have their volumes. */
  readonly folder: string
  readonly worker: Worker
  /** Until a container has started, in milliseconds. */
  readonly startMs: number
}

/** Runs a pod; its status is told as the kubelet tells it. */
export function runPod({ objects, podName, jobName, folder, worker, startMs }: Runnable): PodRun {
  const ending = new AbortController()
  let deadline = false
  const logs = new Map<string, string>()
  const pod = () => objects.find('pods', podName)
  const spec = objectAt(pod(), 'spec') ?? {}
  const order = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((one) => textAt(one, 'name'))
  const inits = new Set(listAt(spec, 'initContainers').map((one) => textAt(one, 'name')))

  const say = (container: string, state: JsonObject): void => {
    if (pod() === undefined) return
    objects.change('pods', podName, (object) => {
      const status = asObject(object['status'])
      const list = inits.has(container) ? 'initContainerStatuses' : 'containerStatuses'
      const statuses = listAt(status, list)
      const found = statuses.find((one) => textAt(one, 'name') === container)
      if (found !== undefined) found['state'] = state
    })
  }
  const finish = (phase: 'Succeeded' | 'Failed'): void => {
    if (pod() === undefined) return
    objects.change('pods', podName, (object) => {
      const status = asObject(object['status'])
      status['phase'] = phase
      if (deadline)
        Object.assign(status, {
          phase: 'Failed',
          reason: 'DeadlineExceeded',
          message: 'Pod was active on the node longer than the specified deadline',
        })
    })
  }
  /** Runs one container; `true` where it ended with 0. */
  const container = async (
    name: string,
    run: () => Promise<{ exitCode: number; message?: string }>,
  ): Promise<boolean> => {
    if (startMs > 0) await pause(startMs, undefined, { signal: ending.signal }).catch(() => undefined)
    if (ending.signal.aborted) return false
    const startedAt = seconds(Date.now())
    logs.set(name, '')
    say(name, { running: { startedAt } })
    const { exitCode, message = '' } = await run()
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    say(name, { terminated: { exitCode, reason, message, startedAt, finishedAt: seconds(Date.now()) } })
    return exitCode === 0
  }
  const sidecar = (name: string, work: (progress: (line: string) => void) => Promise<unknown>) => async () => {
    try {
      await work((line) => logs.set(name, `${logs.get(name) ?? ''}${line}\n`))
      return { exitCode: 0 }
    } catch (error) {
      const failure = asFailure(error, 'backend-error')
      logs.set(name, `${logs.get(name) ?? ''}${failure.code}: ${failure.message}\n`)
      return { exitCode: 1, message: JSON.stringify(failure.report()) }
    }
  }
  const run = async (): Promise<void> => {
    const attempt = Number(labelsOf(pod() ?? {})['dataspace-compute/attempt'] ?? 0)
    const folders = { inputs: join(folder, podName, 'inputs'), outputs: join(folder, podName, 'outputs') }
    await mkdir(folders.inputs, { recursive: true })
    await mkdir(folders.outputs, { recursive: true })
    const task = taskIn(objects.find('secrets', jobName))
    const data = objectAt(objects.find('configmaps', jobName), 'data')
    if (data === undefined) throw new Error('the pod has no environment: its ConfigMap is missing')
    const environment = Object.fromEntries(Object.keys(data).map((key) => [key, textAt(data, key)]))
    let well = true
    for (const name of order) {
      if (!well) break
      if (name === 'fetch')
        well = await container(
          name,
          sidecar(name, (progress) => fetchInputs(task, folders.inputs, ending.signal, { progress })),
        )
      else if (name === 'upload')
        well = await container(
          name,
          sidecar(name, (progress) => uploadOutputs(task, folders.outputs, ending.signal, { progress })),
        )
      else if (name === 'worker')
        well = await container(name, async () => {
          const command = listOf(
            listAt(spec, 'initContainers').find((one) => textAt(one, 'name') === 'worker')?.['command'],
          )
          const { signal } = ending
          const { exitCode, log } = await worker({ command, environment, attempt, folders, signal })
          logs.set(name, log)
          return { exitCode }
        })
      else well = await container(name, async () => ({ exitCode: 0 }))
    }
    finish(well && !ending.signal.aborted ? 'Succeeded' : 'Failed')
    await rm(join(folder, podName), { recursive: true, force: true })
  }
  const done = run()
  return {
    log: (name) => logs.get(name),
    stop() {
      deadline = true
      ending.abort()
    },
    async kill() {
      ending.abort()
      await done
    },
    done,
  }
}

/** The status of a pod that a node has just taken. */
export function freshStatus(spec: JsonObject): JsonObject {
  const waiting = (one: JsonObject): JsonObject => ({
    name: textAt(one, 'name'),
    image: textAt(one, 'image'),
    state: { waiting: { reason: 'PodInitializing' } },
  })
  return {
    phase: 'Pending',
    startTime: seconds(Date.now()),
    conditions: [{ type: 'PodScheduled', status: 'True' }],
    initContainerStatuses: listAt(spec, 'initContainers').map(waiting),
    containerStatuses: listAt(spec, 'containers').map(waiting),
  }
}

function taskIn(secret: JsonObject | undefined): SidecarTask {
  const text = textAt(objectAt(secret, 'stringData'), 'task.json')
  const task = parseJson(text)
  if (!isObject(task)) throw new Error('the pod has no task: its Secret is missing')
  return task as unknown as SidecarTask // as the sidecar itself takes it: the Secret is the service's
}

function listAt(object: JsonObject, key: string): JsonObject[] {
  const list = object[key]
  return Array.isArray(list) ? list.filter(isObject) : []
}

function listOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
