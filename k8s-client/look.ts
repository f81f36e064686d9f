import type { AttemptRef } from '../core/job/names.ts'
import type { Observation, StepObservation } from '../core/ports/backend.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { type ClusterTime, moved } from './cluster-time.ts'
import type { ComparedPods } from './compared-pods.ts'
import { findJob, findPod, type FoundPod } from './attempt-objects.ts'
import { observeDeletedPod } from './observe/deleted-pod.ts'
import { observeJob } from './observe/job.ts'
import { readEvent } from './observe/objects.ts'
import { observePod } from './observe/pod.ts'
import { eventTrouble } from './observe/trouble.ts'
import { steerNetwork } from './steer-network.ts'

/** How long a container may wait without a reason before the events are read for one. Milliseconds. */
const patienceMs = 5_000

/**
 * Reads what is true of an attempt: its pod, in one call as a rule; its Job where there is no pod, one that is being deleted, or one
 * that was not compared with it yet; events only where something hangs and does not say why. A pod whose worker has no network is
 * relabelled where it has come further.
 * @param time tells how far our clock is from the cluster's; the times of the observation are in ours
 */
export async function look(
  api: NamespaceApi,
  ref: AttemptRef,
  time: ClusterTime,
  compared: ComparedPods,
  logger: Logger,
): Promise<Observation> {
  const observation = await lookAt(api, ref, time, compared, logger)
  if (observation.presence !== 'present') return observation
  return { presence: 'present', step: moved(observation.step, time.aheadMs) }
}

async function lookAt(
  api: NamespaceApi,
  ref: AttemptRef,
  time: ClusterTime,
  compared: ComparedPods,
  logger: Logger,
): Promise<Observation> {
  const pod = await findPod(api, ref)
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined)
    return { presence: 'present', step: await lookAtPod(api, ref, pod, time, compared, logger) }
  const job = await findJob(api, ref)
  if (job === undefined) return { presence: pod === undefined ? 'absent' : 'removing' }
  if (job.metadata.deletionTimestamp !== undefined) return { presence: 'removing' }
  if (pod !== undefined) return { presence: 'present', step: observeDeletedPod(pod) }
  return { presence: 'present', step: await explain(api, observeJob(job), job.metadata.uid, time) }
}

async function lookAtPod(
  api: NamespaceApi,
  ref: AttemptRef,
  pod: FoundPod,
  time: ClusterTime,
  compared: ComparedPods,
  logger: Logger,
): Promise<StepObservation> {
  const step = observePod(pod)
  // Compared while it starts, as a rule. One whose worker was found running, as thousands are after a restart, is when that has ended.
  const failure = step.phase === 'running' ? undefined : await compared.failure(api, ref, pod)
  if (failure !== undefined) return { phase: 'failed', failure, container: 'worker' }
  // Where the worker runs its gate has seen the label, and behind the end nothing waits for one.
  if (step.phase === 'preparing' || step.phase === 'storing') await steerNetwork(api, pod, logger)
  return explain(api, step, pod.metadata.uid, time)
}

/** Adds what the events of an object say, where its container waits for too long and its status does not tell why. */
async function explain(
  api: NamespaceApi,
  step: StepObservation,
  uid: string,
  time: ClusterTime,
): Promise<StepObservation> {
  if (step.phase !== 'preparing' && step.phase !== 'storing') return step
  const { waiting } = step
  if (waiting === undefined || waiting.trouble !== undefined || time.now() - waiting.since < patienceMs) return step
  const { items } = await api.list('events', { fieldSelector: `involvedObject.uid=${uid}` })
  const trouble = eventTrouble(items.map(readEvent), waiting.since)
  return trouble === undefined ? step : { ...step, waiting: { ...waiting, trouble } }
}
