import type { Clock } from '../core/ports/clock.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { ObjectStore } from '../core/ports/object-store.ts'
import type { TenantOptions } from './tenants/options.ts'

/** How long the sidecar may upload where nothing else is said: six hours, in milliseconds. */
export const defaultUploadTimeoutMs = 6 * 3_600_000

/** What decides how the objects of an attempt look, beside its plan. */
export interface RenderOptions {
  /** Namespace in which jobs run; it enforces the `restricted` Pod Security standard and belongs to this installation alone. */
  readonly namespace: string
  /** Image of the data sidecar. */
  readonly sidecarImage: string
  /** @default IfNotPresent */
  readonly sidecarPullPolicy?: 'IfNotPresent' | 'Always' | 'Never' | undefined
  /** Kubernetes quantities. With 50m instead of 500m of cpu, `fetch` and `upload` each take 2 to 3 s longer. @default 500m, 128Mi */
  readonly sidecarResources?: { readonly cpu: string; readonly memory: string } | undefined
  /** ConfigMap of the namespace whose key `ca.crt` holds certificates that the sidecar trusts beside the public ones. @default none */
  readonly sidecarCaConfigMap?: string | undefined
  /** Seconds between SIGTERM and SIGKILL: leaves the node seven of the ten seconds within which a job that was ended is gone. @default 3 */
  readonly gracePeriodSeconds?: number | undefined
  /** How long the sidecar may upload, in milliseconds: part of the pod's longest life and of the credentials' validity. @default 6 h */
  readonly uploadTimeoutMs?: number | undefined
  /** RuntimeClass for assets that name none. @default none */
  readonly runtimeClass?: string | undefined
  /** `false` puts pods into a user namespace of their own; only where nodes can: elsewhere pods hang in Pending. @default unset */
  readonly hostUsers?: boolean | undefined
  /**
   * Set where NetworkPolicies are expected to hold: a worker then starts only when they are seen to.
   * @default they are not: nothing waits for them, and an asset whose worker wants no network is refused
   */
  readonly network?: PodNetwork | undefined
  /** Whether every worker runs without network, whatever its asset says; images from `trustedRegistries` excepted. @default false */
  readonly isolateWorkers?: boolean | undefined
  readonly trustedRegistries?: readonly string[] | undefined
  /** What becomes of a Job or pod that the cluster changed: it fails as `altered`, or it runs and a warning says what was changed. @default refuse */
  readonly clusterChanges?: 'refuse' | 'warn' | undefined
}

/** What is known of the network of the pods where NetworkPolicies are expected to hold. */
export interface PodNetwork {
  /** Address of the object store as pods reach it (a URL): open to the sidecar, closed to a worker without network. */
  readonly storeEndpoint: string
  /** `host:port` that no pod of a job may reach, and that would answer if nothing forbade it. @default the API server as pods know it */
  readonly canary?: string | undefined
  /** How long a pod waits for the policies to hold before it gives up, in seconds. @default 60 */
  readonly limitSeconds?: number | undefined
}

/** What the kubernetes backend is made with. */
export interface KubernetesOptions extends RenderOptions {
  /** Path of a kubeconfig. `undefined`: the service account of the pod we run in, else $KUBECONFIG or ~/.kube/config. */
  readonly kubeconfig: string | undefined
  /** Where a pod's service account reaches the API server, as Kubernetes tells every pod. @default we run in no pod */
  readonly apiServer?: { readonly host: string; readonly port: string } | undefined
  /** Context of the kubeconfig. `undefined`: its current one. */
  readonly context?: string | undefined
  /** Hosts with private addresses (`host` or `host:port`) that url inputs may name. */
  readonly allowedInputHosts: readonly string[]
  /** Which images may run, asked once more at the launch: settings may have become stricter since the registration. @default any */
  readonly imageRules?: { readonly allowTags: boolean; readonly registries: readonly string[] } | undefined
  /** Makes the credentials with which the sidecar reaches the object store. */
  readonly objectStore: Pick<ObjectStore, 'access'>
  /** Set where each consumer's jobs run in a namespace of their own. @default all run in `namespace` */
  readonly tenants?: TenantOptions | undefined
  readonly clock: Clock
  readonly logger: Logger
}
