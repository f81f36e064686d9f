import type { Cause, Failure } from '../../core/job/causes.ts'
import { parseSidecarReport } from '../../core/job/sidecar-task.ts'
import { type Container, containers } from '../../core/ports/backend.ts'
import { type ContainerState, containerStates, type PodContainer } from './containers.ts'
import type { Pod, Terminated } from './objects.ts'

/** Why an attempt failed, and whose log explains it. */
export interface FoundFailure {
  readonly failure: Failure
  readonly container: Container
}

/**
 * Finds why a pod failed, in the one order that names the cause and not a consequence of it: the pod's own reason, then a
 * disruption, then each container in the order in which they run. (What we ourselves recorded, a cancel or a deadline, comes
 * before all of this and is the engine's.)
 * @returns `undefined` where nothing has failed
 */
export function findFailure(pod: Pod): FoundFailure | undefined {
  const states = containerStates(pod)
  return podReason(pod, states) ?? disruption(pod, states) ?? containerFailure(states) ?? unexplained(pod, states)
}

function podReason({ status }: Pod, states: States): FoundFailure | undefined {
  if (status.reason === '') return undefined
  const [cause, otherwise] = podReasons.get(status.reason) ?? (status.phase === 'Failed' ? unknownReason : nothing)
  if (cause === undefined) return undefined
  return {
    failure: { cause, message: sentence(status.reason, status.message || otherwise) },
    container: current(states),
  }
}

/** `status.reason` of a pod: the kubelet's words (k8s.io/kubernetes/pkg/kubelet), and what each means for the attempt. */
const podReasons: ReadonlyMap<string, readonly [Cause, string]> = new Map([
  ['DeadlineExceeded', ['deadline', 'The pod was active longer than its deadline.']],
  ['Evicted', ['evicted', 'The kubelet evicted the pod.']],
  ['Preempting', ['evicted', 'A pod of higher priority took its place.']],
  ['Terminated', ['evicted', 'The node was shut down.']],
  ['NodeShutdown', ['evicted', 'The node was shut down.']],
  ['NodeLost', ['node-lost', 'The node does not answer.']],
])
/** Other reasons of a failed pod: the kubelet refused to take it (`OutOfcpu`, `NodeAffinity`, `UnexpectedAdmissionError`, …). */
const nothing = [undefined, ''] as const
const unknownReason = ['unschedulable', 'The node refused the pod.'] as const

function disruption({ status }: Pod, states: States): FoundFailure | undefined {
  const condition = status.conditions.find(({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True')
  if (condition === undefined) return undefined
  const lost = condition.reason === 'DeletionByPodGC' || condition.reason === 'DeletionByTaintManager'
  const failure: Failure = {
    cause: lost ? 'node-lost' : 'evicted',
    message: sentence(condition.reason, condition.message || 'The pod was disrupted.'),
  }
  return { failure, container: current(states) }
}

function containerFailure(states: States): FoundFailure | undefined {
  for (const [container, state] of states) {
    if (state.is !== 'ended') continue
    const failure = container === 'worker' ? workerFailure(state.end) : sidecarFailure(container, state.end)
    // The gate has nothing to say beyond its report; what went before it explains more.
    if (failure !== undefined) return { failure, container: container === 'gate' ? 'fetch' : container }
  }
  return undefined
}

function workerFailure(end: Terminated): Failure | undefined {
  const { exitCode, reason, message } = end
  switch (reason) {
    case 'OOMKilled': // whatever the exit code: a child of the worker may have been killed, and then no upload follows
      return {
        cause: 'out-of-memory',
        message: `The worker was killed: it used more than its memory limit (exit code ${exitCode}).`,
        exitCode,
      }
    case 'StartError':
    case 'ContainerCannotRun':
      return { cause: 'invalid-image', message: sentence('The worker could not be started', message), exitCode }
    case 'ContainerStatusUnknown':
      return { cause: 'node-lost', message: sentence('What became of the worker is not known', message) }
    default:
      return exitCode === 0
        ? undefined
        : {
            cause: 'exit-code',
            message: `The worker ended with exit code ${exitCode}${signalName(exitCode)}.`,
            exitCode,
          }
  }
}

function sidecarFailure(container: 'fetch' | 'gate' | 'upload', end: Terminated): Failure | undefined {
  const { exitCode, reason, message } = end
  const who = `The data sidecar (${container})`
  // Its last act is the result manifest, so a sidecar that ended with 0 is judged by that.
  if (exitCode === 0 && (container === 'upload' || reason !== 'OOMKilled')) return undefined
  switch (reason) {
    case 'OOMKilled':
      return {
        cause: 'out-of-memory',
        message: `${who} was killed: it used more than its memory limit. Raise DSC_SIDECAR_MEMORY.`,
      }
    case 'StartError':
    case 'ContainerCannotRun':
      return {
        cause: 'backend-error',
        message: sentence(`${who} could not be started; check DSC_SIDECAR_IMAGE`, message),
      }
    case 'ContainerStatusUnknown':
      return { cause: 'node-lost', message: sentence(`What became of ${who.toLowerCase()} is not known`, message) }
    default: {
      return (
        parseSidecarReport(message) ?? {
          cause: silentEnds[container],
          message: `${who} ended with exit code ${exitCode}${signalName(exitCode)} and left no report.`,
        }
      )
    }
  }
}

function unexplained({ status }: Pod, states: States): FoundFailure | undefined {
  if (status.phase !== 'Failed') return undefined
  const message = sentence('The pod failed', status.message || 'Kubernetes does not say why')
  return { failure: { cause: 'backend-error', message }, container: current(states) }
}

/** The cause where the sidecar ended without a report. */
const silentEnds = {
  fetch: 'input-failed',
  gate: 'not-isolated',
  upload: 'upload-failed',
} as const satisfies Record<string, Cause>

type States = ReadonlyMap<PodContainer, ContainerState>

/** The container that was at work when the pod failed: the last one that started. */
function current(states: States): Container {
  return containers.findLast((container) => states.get(container)?.is !== 'waiting') ?? 'fetch'
}

/** One or two sentences of a short word and a longer text, either of which may end with a full stop already. */
function sentence(what: string, told: string): string {
  const detail = told.replace(/[\s.]+$/, '') // the kubelet's own sentences end with a stop and a space
  const text = detail === '' ? what : `${what}: ${detail}`
  return text.endsWith('.') ? text : `${text}.`
}

function signalName(exitCode: number): string {
  const name = signals[exitCode - 128]
  return name === undefined ? '' : ` (${name})`
}

const signals: Readonly<Record<number, string>> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' }
