import type { KubernetesObject } from '@kubernetes/client-node'
import { ourSelector } from '../labels.ts'
import type { TenantOptions } from './options.ts'
import { type InputAddress, policySpecs } from './policies.ts'

/** Label of every namespace that is a consumer's, with the consumer's hash. */
const tenantLabel = 'dataspace-compute/tenant'
/** Label that tells whose namespaces they are where several installations share a cluster: their prefix. */
const prefixLabel = 'dataspace-compute/tenants-of'

/** Selects the namespaces of consumers. */
export function tenantSelector({ prefix }: Pick<TenantOptions, 'prefix'>): string {
  return `${ourSelector},${prefixLabel}=${prefix},${tenantLabel}`
}

/** An object as it is applied: everything that we want of it, and nothing else. */
export interface Applied {
  /** Path of the API, to be applied to. */
  readonly path: string
  readonly object: KubernetesObject & Readonly<Record<string, unknown>>
}

/** The namespace itself, under the `restricted` Pod Security standard: `warn` lets a launch see that a pod would never come. */
export function namespaceObject(name: string, hash: string, { labels, prefix }: TenantOptions): Applied {
  const standard = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  )
  const [key = '', value = ''] = ourSelector.split('=')
  const own = { [key]: value, [prefixLabel]: prefix, [tenantLabel]: hash }
  return {
    path: `/api/v1/namespaces/${name}`,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels, ...standard, ...own } } },
  }
}

/** The binding that gives us our rights in a consumer's namespace. */
export function bindingObject(namespace: string, clusterRole: string, user: string): Applied {
  const api = 'rbac.authorization.k8s.io'
  return inNamespace(namespace, `/apis/${api}/v1`, 'rolebindings', {
    apiVersion: `${api}/v1`,
    kind: 'RoleBinding',
    metadata: metadata('dataspace-compute', namespace),
    roleRef: { apiGroup: api, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: api, kind: 'User', name: user }],
  })
}

/**
 * What a consumer's namespace holds before the first Job, in the order in which it must come: the policies before any pod. The
 * service account is the one that Kubernetes makes anyway, without its token.
 */
export function furnishings(
  namespace: string,
  options: TenantOptions,
  inputAddresses: readonly InputAddress[],
  storeAddresses: readonly string[] | undefined,
): readonly Applied[] {
  const named = (name: string) => metadata(name, namespace)
  const policies = Object.entries(policySpecs(options, inputAddresses, storeAddresses)).map(([name, spec]) =>
    inNamespace(namespace, '/apis/networking.k8s.io/v1', 'networkpolicies', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: named(name),
      spec,
    }),
  )
  const limits = [
    ['ResourceQuota', 'resourcequotas', { hard: options.quota }, Object.keys(options.quota).length],
    ['LimitRange', 'limitranges', { limits: options.limitRange }, options.limitRange.length],
  ] as const
  return [
    ...policies,
    ...limits
      .filter(([, , , size]) => size > 0)
      .map(([kind, plural, spec]) =>
        inNamespace(namespace, '/api/v1', plural, { apiVersion: 'v1', kind, metadata: named('consumer'), spec }),
      ),
    inNamespace(namespace, '/api/v1', 'serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: named('default'),
      automountServiceAccountToken: false,
    }),
  ]
}

function metadata(name: string, namespace: string) {
  const [key = '', value = ''] = ourSelector.split('=')
  return { name, namespace, labels: { [key]: value } }
}

function inNamespace(
  namespace: string,
  api: string,
  plural: string,
  object: KubernetesObject & Readonly<Record<string, unknown>>,
): Applied {
  return { path: `${api}/namespaces/${namespace}/${plural}/${object.metadata?.name ?? ''}`, object }
}
