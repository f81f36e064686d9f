import { type AttemptRef, attemptName } from '../core/job/names.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { attemptSelector, belongsTo } from './labels.ts'
import { type JobObject, type Pod, readJob, readPod } from './observe/objects.ts'

/** The Job of an attempt; `undefined` where there is none, or one of that name that is not ours. */
export async function findJob(api: NamespaceApi, ref: AttemptRef): Promise<JobObject | undefined> {
  const object = await api.get('jobs', attemptName(ref))
  if (object === undefined) return undefined
  const job = readJob(object)
  return belongsTo(job.metadata.labels, ref) ? job : undefined
}

/** A pod, read and as the API server answered it. */
export interface FoundPod extends Pod {
  readonly kept: unknown
}

/**
 * The pod of an attempt: one, though the Job controller promises no more than that it tries. Of several, the one that stays, then
 * the oldest.
 */
export async function findPod(api: NamespaceApi, ref: AttemptRef): Promise<FoundPod | undefined> {
  return (await findPods(api, ref))[0]
}

/** Every pod of an attempt. */
export async function findPods(api: NamespaceApi, ref: AttemptRef): Promise<readonly FoundPod[]> {
  const { items } = await api.list('pods', { labelSelector: attemptSelector(ref) })
  return items
    .map((kept) => ({ ...readPod(kept), kept }))
    .toSorted(
      (a, b) =>
        Number(a.metadata.deletionTimestamp !== undefined) - Number(b.metadata.deletionTimestamp !== undefined) ||
        a.metadata.creationTimestamp - b.metadata.creationTimestamp,
    )
}
