import type { StepObservation, Waiting } from '../../core/ports/backend.ts'
import { type ContainerState, containerStates } from './containers.ts'
import { findFailure } from './failure.ts'
import type { Pod } from './objects.ts'
import { schedulingTrouble, waitingTrouble } from './trouble.ts'

/**
 * Says how far a pod has come. Phases follow from when containers started and ended, so that none is missed between two looks.
 * Times are those of the node, to the second.
 */
export function observePod(pod: Pod): StepObservation {
  const states = containerStates(pod)
  const fetch = states.get('fetch') ?? unknown
  const gate = states.get('gate') ?? unknown
  const worker = states.get('worker') ?? unknown
  const upload = states.get('upload') ?? unknown
  const created = pod.metadata.creationTimestamp
  const ran = workerTimes(worker)
  // Once the upload is done, the manifest alone decides, whatever happens to the pod; the Job is Complete 2 to 3 s later.
  if (upload.is === 'ended' && upload.end.exitCode === 0)
    return { phase: 'stored', workerStartedAt: created, workerEndedAt: created, ...ran }
  const found = stillEnding(pod, states) ? undefined : findFailure(pod)
  if (found !== undefined)
    return {
      phase: 'failed',
      ...found,
      ...ran,
    }
  if (worker.is === 'ended') {
    const times = { workerStartedAt: created, workerEndedAt: created, ...ran }
    if (upload.is !== 'waiting') return { phase: 'storing', ...times }
    return { phase: 'storing', ...times, waiting: waitingFor('upload', upload, times.workerEndedAt) }
  }
  if (worker.is === 'running') return { phase: 'running', workerStartedAt: worker.startedAt ?? created }
  if (fetch.is === 'running') return { phase: 'preparing', fetchStartedAt: fetch.startedAt ?? created }
  if (fetch.is === 'ended')
    return {
      phase: 'preparing',
      fetchStartedAt: fetch.end.startedAt ?? created,
      waiting: atGate(gate) ?? waitingFor('worker', worker, fetch.end.finishedAt ?? created),
    }
  const trouble = schedulingTrouble(pod)
  const waiting = waitingFor('fetch', fetch, created)
  return { phase: 'preparing', waiting: trouble === undefined ? waiting : { ...waiting, trouble } }
}

const unknown: ContainerState = { is: 'waiting', image: '', reason: '', message: '' }

/** A stopped pod has its reason at once, while its worker still has seconds to end: what it writes then belongs to its log. */
function stillEnding(pod: Pod, states: ReadonlyMap<string, ContainerState>): boolean {
  return pod.status.reason === 'DeadlineExceeded' && [...states.values()].some(({ is }) => is === 'running')
}

/** The worker waits for its network to be closed. */
function atGate(gate: ContainerState): Waiting | undefined {
  if (gate.is !== 'running' || gate.startedAt === undefined) return undefined
  const message = 'the pod’s network is not closed to the worker yet'
  return { since: gate.startedAt, trouble: { cause: 'not-isolated', message, final: false } }
}

function waitingFor(
  container: 'fetch' | 'worker' | 'upload',
  state: ContainerState & { is: 'waiting' },
  since: number,
): Waiting {
  const trouble = waitingTrouble(container, state)
  return trouble === undefined ? { since } : { since, trouble }
}

function workerTimes(worker: ContainerState): { workerStartedAt?: number; workerEndedAt?: number } {
  if (worker.is === 'waiting') return {}
  const started = worker.is === 'running' ? worker.startedAt : worker.end.startedAt
  const ended = worker.is === 'ended' ? worker.end.finishedAt : undefined
  return {
    ...(started === undefined ? {} : { workerStartedAt: started }),
    ...(ended === undefined ? {} : { workerEndedAt: ended }),
  }
}
