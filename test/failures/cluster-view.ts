import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import type { Testbed } from '../support/testbed.ts'

const Item = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }),
})
const ContainerStatus = z.looseObject({ name: z.string(), state: z.record(z.string(), z.unknown()) })
const Pod = Item.extend({
  spec: z.looseObject({ activeDeadlineSeconds: z.number().optional() }),
  status: z.looseObject({
    phase: z.string().optional(),
    initContainerStatuses: z.array(ContainerStatus).default([]),
    containerStatuses: z.array(ContainerStatus).default([]),
  }),
})

/** A pod as the API server shows it. */
export type ShownPod = z.output<typeof Pod>

/** How long objects took to go. */
export interface Passing {
  /** Milliseconds until nothing was left. */
  readonly ms: number
  /** Those of them in which the cluster had nothing of it to do: neither to end a pod that was told to, nor to remove what was deleted. */
  readonly idleMs: number
}

/** What lies in one namespace, asked of the API server through `kubectl proxy`: no code under test is in between. */
export interface ClusterView {
  readonly namespace: string
  /** `kind/name` of every Job, pod, ConfigMap and Secret, or of those alone whose name has the text; what Kubernetes itself puts there aside. */
  objects(text?: string): Promise<readonly string[]>
  /** Waits until no such object is left, and tells how long that took. */
  gone(text: string, deadlineMs: number): Promise<Passing>
  /** Waits until a container of the job's newest pod is in a state. */
  containerIs(
    jobId: string,
    container: string,
    state: 'waiting' | 'running' | 'terminated',
    deadlineMs?: number,
  ): Promise<ShownPod>
  /** kubectl in the namespace. */
  kubectl(parameters: readonly string[], input?: string): Promise<string>
  close(): Promise<void>
}

const kinds = [
  ['job', 'apis/batch/v1', 'jobs'],
  ['pod', 'api/v1', 'pods'],
  ['configmap', 'api/v1', 'configmaps'],
  ['secret', 'api/v1', 'secrets'],
] as const

/** Starts to look at a namespace. */
export async function viewCluster(testbed: Testbed, namespace: string): Promise<ClusterView> {
  const child = spawn('kubectl', ['--kubeconfig', testbed.kubeconfig, 'proxy', '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const origin = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => reject(new Error('kubectl proxy ended')))
    createInterface(child.stdout).once('line', (line) => resolve(`http://${line.split(' ').at(-1) ?? ''}`))
  })

  async function list<S extends z.ZodType>(api: string, plural: string, schema: S): Promise<z.output<S>[]> {
    const response = await fetch(`${origin}/${api}/namespaces/${namespace}/${plural}`)
    return z.object({ items: z.array(schema) }).parse(await response.json()).items
  }
  async function objects(text = ''): Promise<readonly string[]> {
    const names = await Promise.all(
      kinds.map(async ([kind, api, plural]) =>
        (await list(api, plural, Item)).map(({ metadata }) => `${kind}/${metadata.name}`),
      ),
    )
    return names.flat().filter((name) => name !== 'configmap/kube-root-ca.crt' && name.includes(text))
  }
  /** Whether it is the cluster's turn: something is deleted and still there, or a pod was told to end and a container of it has not. */
  async function clusterIsAtIt(text: string): Promise<boolean> {
    const of = (item: z.output<typeof Item>): boolean => item.metadata.name.includes(text)
    const jobs = (await list('apis/batch/v1', 'jobs', Item)).filter(of)
    const pods = (await list('api/v1', 'pods', Pod)).filter(of)
    return (
      [...jobs, ...pods].some(({ metadata }) => metadata.deletionTimestamp !== undefined) ||
      pods.some(
        ({ spec, status }) =>
          spec.activeDeadlineSeconds === 1 && status.phase !== 'Failed' && status.phase !== 'Succeeded',
      )
    )
  }
  return {
    namespace,
    objects,
    async gone(text, deadlineMs) {
      const begun = performance.now()
      let idleMs = 0
      let looked = begun
      return eventually(
        `everything of ${text} to be gone from the cluster`,
        async () => {
          const [left, busy] = await Promise.all([objects(text), clusterIsAtIt(text)])
          const now = performance.now()
          if (!busy && left.length > 0) idleMs += now - looked
          looked = now
          return left.length === 0 ? { done: { ms: now - begun, idleMs } } : { pending: left.join(', ') }
        },
        { deadlineMs, pauseMs: 100 },
      )
    },
    containerIs(jobId, container, state, deadlineMs = 60_000) {
      return eventually(
        `${container} of job ${jobId} to be ${state}`,
        async () => {
          const pods = await list('api/v1', 'pods', Pod)
          const pod = pods.filter(({ metadata }) => metadata.name.includes(jobId)).at(-1)
          const statuses = [...(pod?.status.initContainerStatuses ?? []), ...(pod?.status.containerStatuses ?? [])]
          const found = statuses.find(({ name }) => name === container)?.state ?? {}
          return pod !== undefined && state in found ? { done: pod } : { pending: JSON.stringify(found) }
        },
        { deadlineMs, pauseMs: 50 },
      )
    },
    kubectl: (parameters, input) => kubectl(testbed, ['-n', namespace, ...parameters], input),
    async close() {
      child.kill()
      await ended
    },
  }
}
