import type { Step } from '../../core/job/plan.ts'
import { isFromRegistry } from '../../core/asset/image.ts'
import type { PodNetwork, RenderOptions } from '../options.ts'

/** Label of a pod by which NetworkPolicies tell what it may reach at this moment. */
export const networkLabel = 'dataspace-compute/network'
/** Label of a pod whose worker is to have no network; its value is `none`. */
export const workerNetworkLabel = 'dataspace-compute/worker-network'

/** What a pod may reach: nothing; names and the object store; these and public addresses, for url inputs. */
export type Reach = 'none' | 'store' | 'inputs'

/** Policies act within a second as a rule; a node under load takes longer. Seconds. */
const usualLimitSeconds = 60

/** Name of the container that waits until the worker's network is closed. */
export const gateName = 'gate'

/** What the kubelet makes of this stands in every container: where the API server is, which no pod of a job may reach. */
const apiServer = '$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)'

/** What of the options is about networks. */
export type NetworkRules = Pick<RenderOptions, 'network' | 'isolateWorkers' | 'trustedRegistries'>

/** Whether the worker runs without any network: its asset says so, or the settings do. */
export function isIsolated({ worker }: Step, { isolateWorkers, trustedRegistries = [] }: NetworkRules): boolean {
  if (worker.network === 'none') return true
  return isolateWorkers === true && !trustedRegistries.some((registry) => isFromRegistry(worker.image, registry))
}

/** The labels that decide what the pod reaches when it starts. */
export function networkLabels(step: Step, options: NetworkRules): Record<string, string> {
  const reach: Reach = step.inputs.some(({ source }) => source.kind === 'url') ? 'inputs' : 'store'
  return { [networkLabel]: reach, ...(isIsolated(step, options) ? { [workerNetworkLabel]: 'none' } : {}) }
}

/**
 * What `fetch` is told: where the worker keeps the sidecar's network, it holds the worker back until the rest is closed, while the
 * object store is reached; else it shows that the store, which the worker's gate wants closed, was there a moment before.
 */
export function fetchGate(step: Step, options: NetworkRules): readonly string[] {
  if (options.network === undefined) return []
  const { canary, limitSeconds = usualLimitSeconds } = options.network
  const closed = isIsolated(step, options) ? [] : ['--closed', canary ?? apiServer]
  return ['--reached', storeAddress(options.network), ...closed, '--limit', String(limitSeconds)]
}

/** What the gate before a worker without network is told. It waits as long as the engine may take to relabel the pod. */
export function workerGate(step: Step, network: PodNetwork): readonly string[] {
  const closed = [network.canary ?? apiServer, storeAddress(network)]
  return [
    gateName,
    ...closed.flatMap((address) => ['--closed', address]),
    '--labels',
    `${podInfoDirectory}/labels`,
    '--label',
    `${networkLabel}=none`,
    '--limit',
    String(Math.max(network.limitSeconds ?? usualLimitSeconds, Math.ceil(step.limits.startTimeout / 1000))),
  ]
}

/** What `upload` is told after a worker without network: its own is opened again only then. */
export function uploadGate(step: Step, options: NetworkRules): readonly string[] {
  if (options.network === undefined || !isIsolated(step, options)) return []
  return ['--open', storeAddress(options.network)]
}

/** Where the gate finds the pod's labels as the node knows them. */
export const podInfoDirectory = '/etc/podinfo'

function storeAddress({ storeEndpoint }: PodNetwork): string {
  const { hostname, port, protocol } = new URL(storeEndpoint)
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
}
