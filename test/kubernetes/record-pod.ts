import { writeFile } from 'node:fs/promises'
import type { AttemptRef } from '../../core/job/names.ts'
import { recording } from '../support/testbed.ts'
import type { Stage } from './support.ts'

const folder = new URL('../../k8s-client/observe/recorded/', import.meta.url)

/**
 * With RECORD=1, writes down what the cluster says of an attempt's pod, for the unit tests of observe/. Only what tells of its course
 * is kept.
 */
export async function recordPod(stage: Stage, ref: AttemptRef, name: string): Promise<void> {
  if (!recording) return
  const list = JSON.parse(
    await stage.kubectl('get', 'pods', '-l', `dataspace-compute/job=${ref.jobId}`, '-o', 'json'),
  ) as {
    items: { metadata: Record<string, unknown>; spec: Record<string, unknown>; status: unknown }[]
  }
  const [pod] = list.items
  if (pod === undefined) throw new Error(`no pod to record as ${name}`)
  await write(name, pod.metadata, { activeDeadlineSeconds: pod.spec['activeDeadlineSeconds'] }, pod.status)
}

/** The same for an attempt's Job. */
export async function recordJob(stage: Stage, name: string, as: string): Promise<void> {
  if (!recording) return
  const job = await stage.read('job', name)
  if (job === undefined) throw new Error(`no Job to record as ${as}`)
  const { metadata, spec, status } = job as {
    metadata: Record<string, unknown>
    spec: Record<string, unknown>
    status: unknown
  }
  await write(as, metadata, { suspend: spec['suspend'] }, status)
}

/** What says nothing of how an attempt went. */
const leftOut = new Set([
  'allocatedResources',
  'annotations',
  'containerID',
  'finalizers',
  'generateName',
  'hostIP',
  'hostIPs',
  'imageID',
  'lastState',
  'managedFields',
  'ownerReferences',
  'podIP',
  'podIPs',
  'resources',
  'user',
  'volumeMounts',
])

async function write(name: string, metadata: object, spec: object, status: unknown): Promise<void> {
  const keep = (key: string, value: unknown): unknown => (leftOut.has(key) ? undefined : value)
  const text = JSON.stringify({ metadata, spec, status }, keep, 2)
  await writeFile(new URL(`${name}.json`, folder), `${text}\n`)
}
