import type { StepObservation } from '../../core/ports/backend.ts'
import type { Pod } from './objects.ts'
import { containerStates } from './containers.ts'
import { observePod } from './pod.ts'

/**
 * Taken for the grace period where the pod does not tell it any more, in seconds: with its final delete the kubelet sets the grace to
 * 0 and the time of deletion to now, so when the deletion was asked for is lost (seen on 1.34). What ended within this time before
 * counts as ended by the deletion.
 */
const longestGraceSeconds = 10

/**
 * Says what became of an attempt whose pod somebody else deletes, while its Job stays. Its containers are being killed for no fault
 * of theirs, so how they end from now on says nothing; what had ended before, and a disruption, still holds.
 */
export function observeDeletedPod(pod: Pod): StepObservation {
  const step = observePod(pod)
  if (step.phase === 'stored') return step
  const { deletionTimestamp = 0, deletionGracePeriodSeconds } = pod.metadata
  const requestedAt = deletionTimestamp - (deletionGracePeriodSeconds || longestGraceSeconds) * 1000
  const disrupted = pod.status.conditions.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  if (step.phase === 'failed') {
    const state = containerStates(pod).get(step.container)
    const endedBefore = state?.is === 'ended' && (state.end.finishedAt ?? Infinity) <= requestedAt
    if (disrupted || endedBefore) return step
  }
  const message = `The pod ${pod.metadata.name} was deleted, and not by us.`
  return {
    phase: 'failed',
    failure: { cause: 'node-lost', message },
    container: 'worker',
    ...('workerStartedAt' in step && step.workerStartedAt !== undefined
      ? { workerStartedAt: step.workerStartedAt }
      : {}),
  }
}
