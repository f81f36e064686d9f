import { type AttemptRef, attemptName } from '../core/job/names.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { findJob, findPods } from './attempt-objects.ts'
import { belongsTo } from './labels.ts'
import { readMetadata } from './observe/objects.ts'

/**
 * Starts the removal of an attempt: one delete of its Job, which stays until its pod is gone, and takes ConfigMap and Secret along.
 * Where somebody deleted the Job alone, what it left behind is deleted piece by piece.
 */
export async function remove(api: NamespaceApi, ref: AttemptRef): Promise<void> {
  const job = await findJob(api, ref)
  if (job === undefined) return removeOrphans(api, ref)
  if (job.metadata.deletionTimestamp === undefined)
    await api.delete('jobs', job.metadata.name, 'Foreground', job.metadata.uid)
}

async function removeOrphans(api: NamespaceApi, ref: AttemptRef): Promise<void> {
  for (const { metadata } of await findPods(api, ref))
    if (metadata.deletionTimestamp === undefined) await api.delete('pods', metadata.name, 'Background', metadata.uid)
  const name = attemptName(ref)
  const configMap = await api.get('configmaps', name)
  if (configMap === undefined) return
  const { labels, uid, deletionTimestamp } = readMetadata(configMap)
  if (!belongsTo(labels, ref) || deletionTimestamp !== undefined) return
  // The ConfigMap goes last: it is what tells that the Secret of this name, which we may not read, is ours too.
  await api.delete('secrets', name, 'Background')
  await api.delete('configmaps', name, 'Background', uid)
}
