import type { Container, Trouble } from '../../core/ports/backend.ts'
import type { ContainerState } from './containers.ts'
import type { EventObject, Pod } from './objects.ts'

/**
 * What keeps a container from starting, by the kubelet's reason for its waiting. None of it ends an attempt by itself, because all
 * but an invalid name may pass: a registry comes back, an operator creates the missing Secret.
 * @returns `undefined` where it is only on its way (`PodInitializing`, `ContainerCreating`)
 */
export function waitingTrouble(
  container: Container,
  { reason, message, image }: ContainerState & { is: 'waiting' },
): Trouble | undefined {
  const trouble = reasons(reason, message)
  if (trouble === undefined) return undefined
  const said = message === '' ? reason : `${reason}: ${message}`
  if (container === 'worker') return { ...trouble, message: said }
  // Causes that speak of the worker's image would send the provider to the wrong place.
  return { cause: 'backend-error', message: `data sidecar ${image} (DSC_SIDECAR_IMAGE): ${said}`, final: trouble.final }
}

function reasons(reason: string, message: string): Pick<Trouble, 'cause' | 'final'> | undefined {
  switch (reason) {
    case 'InvalidImageName':
      return { cause: 'invalid-image', final: true }
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'ErrImageNeverPull':
    case 'ImageInspectError':
    case 'RegistryUnavailable':
    case 'SignatureValidationFailed':
      return { cause: 'image-pull', final: false }
    case 'CreateContainerConfigError':
      if (/\bsecret\b/i.test(message)) return { cause: 'secret-missing', final: false }
      return { cause: /image/.test(message) ? 'invalid-image' : 'backend-error', final: false }
    case 'CreateContainerError':
      return { cause: /no command specified/.test(message) ? 'invalid-image' : 'backend-error', final: false }
    case 'RunContainerError':
    case 'PostStartHookError':
      return { cause: 'invalid-image', final: false }
    default:
      return undefined
  }
}

/** Why no node takes the pod, `undefined` where one has. */
export function schedulingTrouble({ status }: Pod): Trouble | undefined {
  const condition = status.conditions.find(({ type }) => type === 'PodScheduled')
  if (condition?.status !== 'False') return undefined
  return {
    cause: 'unschedulable',
    message: condition.message || condition.reason || 'no node takes the pod',
    final: false,
  }
}

/**
 * What the newest telling event says about a pod or Job that hangs without a reason in its status.
 * @param since when the waiting began, milliseconds since 1970: what was overcome before that is no reason now
 */
export function eventTrouble(events: readonly EventObject[], since: number): Trouble | undefined {
  const telling = events
    .filter((event) => eventReasons.has(event.reason) && timeOf(event) >= since - eventPrecisionMs)
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .at(-1)
  if (telling === undefined) return undefined
  const message = `${telling.reason}: ${telling.message}`
  if (/exceeded quota/.test(message)) return { cause: 'unschedulable', message, final: false }
  return {
    cause: /secret "asset-[^"]*" not found/.test(message) ? 'secret-missing' : 'backend-error',
    message,
    final: false,
  }
}

const eventReasons = new Set([
  'FailedCreate',
  'FailedCreatePodSandBox',
  'FailedMount',
  'FailedAttachVolume',
  'FailedScheduling',
])

/** Events tell their time in whole seconds. */
const eventPrecisionMs = 1_000

function timeOf({ lastTimestamp, eventTime }: EventObject): number {
  return lastTimestamp ?? eventTime ?? Infinity
}
