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
  const { managedFields: _, ownerReferences: __, ...metadata } = pod.metadata
  const kept = { metadata, spec: { activeDeadlineSeconds: pod.spec['activeDeadlineSeconds'] }, status: pod.status }
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(kept, null, 2)}\n`)
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
  const { managedFields: _, ...kept } = metadata
  const object = { metadata: kept, spec: { suspend: spec['suspend'] }, status }
  await writeFile(new URL(`${as}.json`, folder), `${JSON.stringify(object, null, 2)}\n`)
}
