import type { AttemptRef } from '../core/job/names.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { findPod } from './attempt-objects.ts'

/**
 * Ends what runs of an attempt by the one way that keeps the pod and so its logs: a deadline that has passed. The kubelet sends
 * SIGTERM, and SIGKILL after the grace period. Does nothing where there is no pod, or it is ending already.
 */
export async function stop(api: NamespaceApi, ref: AttemptRef): Promise<void> {
  const pod = await findPod(api, ref)
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
  if (pod.spec.activeDeadlineSeconds === 1 || pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') return
  await api.patch('pods', pod.metadata.name, [
    { op: 'test', path: '/metadata/uid', value: pod.metadata.uid },
    { op: 'add', path: '/spec/activeDeadlineSeconds', value: 1 },
  ])
}
