import { KubeConfig, Watch } from '@kubernetes/client-node'
import { z } from 'zod'

const podSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
  status: z.object({
    containerStatuses: z
      .array(
        z.object({
          name: z.string(),
          state: z.object({ terminated: z.object({ exitCode: z.number() }).optional() }).optional(),
        }),
      )
      .default([]),
  }),
})

/** Pause before a watch that broke is begun again. Milliseconds. */
const againMs = 100

/** An observer of pods beside the service, with a connection of its own. */
export interface PodWatch {
  /** When the API server first showed that the last container of a job's pod had ended well, by the job's id: milliseconds since 1970. */
  readonly finished: ReadonlyMap<string, number>
  close(): void
}

/** Watches a namespace's pods from now on, by the library's own client. A watch that breaks is begun again; what was missed is shown then. */
export async function watchPods(kubeconfig: string, namespace: string): Promise<PodWatch> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const watch = new Watch(config)
  const finished = new Map<string, number>()
  let closed = false
  let current: AbortController | undefined
  const note = (object: unknown): void => {
    const at = performance.timeOrigin + performance.now()
    const pod = podSchema.safeParse(object)
    if (!pod.success) return // a bookmark or an error of the watch
    const jobId = pod.data.metadata.labels['dataspace-compute/job']
    const upload = pod.data.status.containerStatuses.find(({ name }) => name === 'upload')
    if (jobId !== undefined && upload?.state?.terminated?.exitCode === 0 && !finished.has(jobId))
      finished.set(jobId, at)
  }
  const begin = async (): Promise<void> => {
    const path = `/api/v1/namespaces/${namespace}/pods`
    const again = (): void => {
      if (!closed) setTimeout(() => void begin().catch(again), againMs)
    }
    current = await watch.watch(path, {}, (_phase, object) => note(object), again)
  }
  await begin()
  return {
    finished,
    close() {
      closed = true
      current?.abort()
    },
  }
}
