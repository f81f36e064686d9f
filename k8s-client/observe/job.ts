import type { Cause } from '../../core/job/causes.ts'
import type { Container, StepObservation, Waiting } from '../../core/ports/backend.ts'
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
  const message = `The pod is gone, and not by us; its Job says ${failed.reason}: ${failed.message || 'no more than that'}.`
  const { container, ...found } = readCondition(failed.reason, failed.message)
  return { phase: 'failed', failure: { ...found, message: message.replace(/\.\.$/, '.') }, container }
}

function waitingForPod(job: JobObject, since: number): Waiting {
  if (job.spec.suspend !== true) return { since }
  const message = 'the Job was suspended, and not by us; set spec.suspend to false to let it run'
  return { since, trouble: { cause: 'backend-error', message, final: false } }
}

/** What a killed process ends with: SIGKILL, SIGTERM. So does a worker whose pod was deleted. */
const killed: ReadonlySet<number> = new Set([137, 143])

/** Reads the words of k8s.io/kubernetes/pkg/controller/job: "Container worker for pod ns/name failed with exit code 3 matching …". */
function readCondition(
  reason: string,
  message: string,
): { readonly cause: Cause; readonly container: Container; readonly exitCode?: number } {
  if (reason === 'PodFailurePolicy') {
    if (message.includes('has condition DisruptionTarget')) return { cause: 'evicted', container: 'worker' }
    const [, name, code] = /^Container (\S+) for pod \S+ failed with exit code (\d+)/.exec(message) ?? []
    const exitCode = Number(code)
    if (name === 'fetch' && !killed.has(exitCode)) return { cause: 'input-failed', container: 'fetch' }
    if (name === 'worker' && !killed.has(exitCode)) return { cause: 'exit-code', container: 'worker', exitCode }
    if (name === 'upload' && !killed.has(exitCode)) return { cause: 'upload-failed', container: 'upload' }
  }
  // A pod deleted by hand carries no condition of its own and counts as the one failure the Job may have.
  return { cause: 'node-lost', container: 'worker' }
}
