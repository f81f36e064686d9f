import type { V1LimitRangeItem, V1NetworkPolicyEgressRule, V1NetworkPolicyPeer } from '@kubernetes/client-node'
import type { Lookup } from './resolve-hosts.ts'

/** Where the pods of jobs may connect to. */
export interface EgressOptions {
  /** Address of the object store as pods reach it, a URL. */
  readonly storeEndpoint: string
  /** Peers that are the object store. @default derived from the address; a name is resolved again and again, see object-store.ts */
  readonly objectStore?: readonly V1NetworkPolicyPeer[] | undefined
  /** Peers that resolve names, at port 53. @default every private address */
  readonly dns?: readonly V1NetworkPolicyPeer[] | undefined
  /** Ranges of the cluster and of its network that are public addresses and still nobody's business: no pod reaches them as such. */
  readonly clusterRanges: readonly string[]
  /** Hosts with private addresses (`host` or `host:port`) that url inputs may name. */
  readonly inputHosts: readonly string[]
  /** Further rules for every pod that is not without network. */
  readonly egress: readonly V1NetworkPolicyEgressRule[]
}

/** How the namespaces of consumers are furnished. */
export interface TenantOptions extends EgressOptions {
  /** What the names of the namespaces begin with. */
  readonly prefix: string
  /** Further labels of each namespace. */
  readonly labels: Readonly<Record<string, string>>
  /** `spec.hard` of the ResourceQuota: what all jobs of a consumer may take together. */
  readonly quota: Readonly<Record<string, string>>
  /** `spec.limits` of the LimitRange. */
  readonly limitRange: readonly V1LimitRangeItem[]
  /** Namespace from which Secrets and ConfigMaps are copied into each consumer's: pull secrets, `asset-…` Secrets, certificates. */
  readonly home: string
  readonly copies: { readonly secrets: readonly string[]; readonly configMaps: readonly string[] }
  /** ClusterRole that is bound to us in each namespace, so that we need no rights elsewhere. @default we have the rights already */
  readonly clusterRole?: string | undefined
  /** Finds the addresses of `inputHosts` and of the object store. @default as every other program on this machine */
  readonly lookup?: Lookup | undefined
}
