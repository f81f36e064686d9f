import type { Cause } from '../../core/job/causes.ts'
import type { StepObservation, Waiting } from '../../core/ports/backend.ts'
import type { JobObject } from './objects.ts'

/**
 * Says what is known of an attempt whose Job has no pod: not one yet, or none any more. The condition of a finished Job keeps what
 * the pod failure policy saw.
 */
export function observeJob(job: JobObject): StepObservation {
  const { status, metadata } = job
  const begun = status.startTime ?? metadata.creationTimestamp
  const holding = status.conditions.filter((condition) => condition.status === 'True')
  if (holding.some(({ type }) => type === 'Complete' || type === 'SuccessCriteriaMet'))
    return { phase: 'stored', workerStartedAt: begun, workerEndedAt: status.completionTime ?? begun }
  const failed = holding.find(({ type }) => type === 'Failed' || type === 'FailureTarget')
  if (failed === undefined) return { phase: 'preparing', waiting: waitingForPod(job, begun) }
  const { container, cause } = readCondition(failed.reason, failed.message)
  const message = `The pod is gone, and not by us; its Job says ${failed.reason}: ${failed.message || 'no more than that'}.`
  return { phase: 'failed', failure: { cause, message: message.replace(/\.\.$/, '.') }, container }
}

function waitingForPod(job: JobObject, since: number): Waiting {
  if (job.spec.suspend !== true) return { since }
  const message = 'the Job was suspended, and not by us; set spec.suspend to false to let it run'
  return { since, trouble: { cause: 'backend-error', message, final: false } }
}

/** "Container worker for pod ns/name failed with exit code 3 matching FailJob rule at index 2" (k8s.io/kubernetes/pkg/controller/job). */
function readCondition(
  reason: string,
  message: string,
): { readonly cause: Cause; readonly container: 'fetch' | 'worker' | 'upload' } {
  if (reason === 'PodFailurePolicy') {
    if (message.includes('has condition DisruptionTarget')) return { cause: 'evicted', container: 'worker' }
    const container = /^Container (fetch|worker|upload) for pod/.exec(message)?.[1]
    if (container === 'fetch') return { cause: 'input-failed', container }
    if (container === 'worker') return { cause: 'exit-code', container }
    if (container === 'upload') return { cause: 'upload-failed', container }
  }
  // A pod deleted by hand carries no condition of its own and counts as the one failure the Job may have.
  return { cause: 'node-lost', container: 'worker' }
}
