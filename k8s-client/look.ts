import type { AttemptRef } from '../core/job/names.ts'
import type { Observation, StepObservation } from '../core/ports/backend.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { findJob, findPod } from './attempt-objects.ts'
import { observeDeletedPod } from './observe/deleted-pod.ts'
import { observeJob } from './observe/job.ts'
import { readEvent } from './observe/objects.ts'
import { observePod } from './observe/pod.ts'
import { eventTrouble } from './observe/trouble.ts'

/** How long a container may wait without a reason before the events are read for one. Milliseconds. */
const patienceMs = 5_000

/**
 * Reads what is true of an attempt: its pod, in one call as a rule; its Job where there is no pod, or one that is being deleted;
 * events only where something hangs and does not say why.
 * @param now milliseconds since 1970
 */
export async function look(api: NamespaceApi, ref: AttemptRef, now: number): Promise<Observation> {
  const pod = await findPod(api, ref)
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined)
    return { presence: 'present', step: await explain(api, observePod(pod), pod.metadata.uid, now) }
  const job = await findJob(api, ref)
  if (job === undefined) return { presence: pod === undefined ? 'absent' : 'removing' }
  if (job.metadata.deletionTimestamp !== undefined) return { presence: 'removing' }
  if (pod !== undefined) return { presence: 'present', step: observeDeletedPod(pod) }
  return { presence: 'present', step: await explain(api, observeJob(job), job.metadata.uid, now) }
}

/** Adds what the events of an object say, where its container waits for too long and its status does not tell why. */
async function explain(api: NamespaceApi, step: StepObservation, uid: string, now: number): Promise<StepObservation> {
  if (step.phase !== 'preparing' && step.phase !== 'storing') return step
  const { waiting } = step
  if (waiting === undefined || waiting.trouble !== undefined || now - waiting.since < patienceMs) return step
  const { items } = await api.list('events', { fieldSelector: `involvedObject.uid=${uid}` })
  const trouble = eventTrouble(items.map(readEvent), waiting.since)
  return trouble === undefined ? step : { ...step, waiting: { ...waiting, trouble } }
}
