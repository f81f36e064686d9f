import { randomBytes } from 'node:crypto'
import type { Backend } from '../../core/ports/backend.ts'
import type { KubernetesOptions } from '../../k8s-client/options.ts'
import { tenantNamespace } from '../../k8s-client/tenants/names.ts'
import type { TenantOptions } from '../../k8s-client/tenants/options.ts'
import { makeStage, type Stage } from '../kubernetes/support.ts'
import { kubectl } from '../support/kubectl.ts'
import type { Testbed } from '../support/testbed.ts'

/** A backend that gives each consumer a namespace, and what belongs to a test of it. */
export interface TenantStage {
  readonly stage: Stage
  readonly backend: Backend
  readonly tenants: TenantOptions
  /** Another process of the same installation. */
  another(changes?: Partial<KubernetesOptions>, tenants?: Partial<TenantOptions>): Promise<Backend>
  /** The namespace of a consumer. */
  namespaceOf(consumerId: string): string
  /** kubectl in a consumer's namespace. */
  kubectl(consumerId: string, ...parameters: string[]): Promise<string>
  close(): Promise<void>
}

/** Makes a stage whose namespaces begin with a prefix of its own. The stage's own namespace is home: nothing runs there. */
export async function makeTenantStage(
  testbed: Testbed,
  changes: Partial<TenantOptions> = {},
  network: KubernetesOptions['network'] = { storeEndpoint: testbed.objectStore.endpoint },
): Promise<TenantStage> {
  const prefix = `test-${randomBytes(4).toString('hex')}`
  const stage = await makeStage(testbed)
  const tenants: TenantOptions = {
    prefix,
    labels: { 'example.org/team': 'compute' },
    quota: { 'count/jobs.batch': '20', pods: '20' },
    limitRange: [{ type: 'Container', max: { cpu: '4' } }],
    home: stage.namespace,
    copies: { secrets: [], configMaps: [] },
    storeEndpoint: testbed.objectStore.endpoint,
    clusterRanges: [],
    inputHosts: [],
    egress: [],
    ...changes,
  }
  const another: TenantStage['another'] = (more = {}, other = {}) =>
    stage.another({ network, tenants: { ...tenants, ...other }, ...more })
  return {
    stage,
    backend: await another(),
    tenants,
    another,
    namespaceOf: (consumerId) => tenantNamespace(prefix, consumerId),
    kubectl: (consumerId, ...parameters) =>
      kubectl(testbed, ['-n', tenantNamespace(prefix, consumerId), ...parameters]),
    async close() {
      await stage.close()
      const selector = `dataspace-compute/tenants-of=${prefix}`
      await kubectl(testbed, ['delete', 'namespace', '-l', selector, '--wait=false'])
    },
  }
}
