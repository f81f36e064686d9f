import type { Container } from '../../core/ports/backend.ts'
import type { ContainerStatus, Pod, Terminated } from './objects.ts'

/** Where one container of the pod stands. */
export type ContainerState =
  /** Not started; with the kubelet's word for why, where it has one. */
  | { readonly is: 'waiting'; readonly image: string; readonly reason: string; readonly message: string }
  | { readonly is: 'running'; readonly startedAt: number | undefined }
  | { readonly is: 'ended'; readonly end: Terminated }

/** A container of our pods: those of every backend, and the gate before a worker without network. */
export type PodContainer = Container | 'gate'
/** In the order in which they run. */
const order: readonly PodContainer[] = ['fetch', 'gate', 'worker', 'upload']

/** What the kubelet tells of each container, in the order in which they run; one it says nothing about has not started. */
export function containerStates(pod: Pod): ReadonlyMap<PodContainer, ContainerState> {
  const statuses = [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]
  return new Map(order.map((name) => [name, stateOf(statuses.find((status) => status.name === name))]))
}

function stateOf(status: ContainerStatus | undefined): ContainerState {
  const state = status?.state
  if (state?.terminated) return { is: 'ended', end: state.terminated }
  if (state?.running) return { is: 'running', startedAt: state.running.startedAt }
  return {
    is: 'waiting',
    image: status?.image ?? '',
    reason: state?.waiting?.reason ?? '',
    message: state?.waiting?.message ?? '',
  }
}
