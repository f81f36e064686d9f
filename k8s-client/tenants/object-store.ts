import { isIP } from 'node:net'
import type { V1NetworkPolicyEgressRule } from '@kubernetes/client-node'
import type { EgressOptions } from './options.ts'
import { isNever, isPublic, publicAddresses, single } from './ranges.ts'
import { type Lookup, systemLookup } from './resolve-hosts.ts'

/** Whether pods ask for the object store by a name. */
export function isStoreNamed(options: EgressOptions): boolean {
  return isIP(storeHost(options).host) === 0
}

/**
 * The addresses of an object store that is known by a name alone: a policy cannot name a host. They are resolved when the policies
 * are made or mended.
 * @returns `undefined` where nothing has to be resolved
 * @throws Error where the name has no address now, or one that no pod may be let through to; the policies then stay as they are
 */
export async function resolveStore(
  options: EgressOptions,
  lookup: Lookup = systemLookup,
): Promise<readonly string[] | undefined> {
  const { host } = storeHost(options)
  if (!isStoreNamed(options) || options.objectStore !== undefined || serviceNamespace(host) !== undefined)
    return undefined
  const what = `The object store's host ${JSON.stringify(host)}`
  const where = 'network.objectStore of the tenants file says where it is for pods'
  const found = await lookup(host).catch((error: unknown) => {
    throw new Error(`${what} has no address now, so no policy can let pods through to it; ${where}`, { cause: error })
  })
  const addresses = [...new Set(found)].toSorted()
  if (addresses.length === 0) throw new Error(`${what} has no address; ${where}`)
  const never = addresses.filter(isNever)
  if (never.length > 0)
    throw new Error(`${what} stands for ${never.join(', ')}, which no pod is let through to; ${where}`)
  return addresses
}

/**
 * Lets pods through to the object store: to the peers that one names; to its address; to the namespace of its Service (policies see
 * pods, with their own ports). Of a name's addresses the private ones are let through as they are. Public ones change by the minute
 * at cloud stores, and the pod may be told others than we: for them it is every public address, at the store's port.
 * @param addresses what the name stands for; `undefined` where it cannot be resolved, as in the chart: public ones, then
 */
export function storeRule(options: EgressOptions, addresses: readonly string[] | undefined): V1NetworkPolicyEgressRule {
  const { host, port } = storeHost(options)
  if (options.objectStore !== undefined) return { to: [...options.objectStore] }
  const namespace = serviceNamespace(host)
  if (namespace !== undefined)
    return { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }] }
  const ports = [{ port, protocol: 'TCP' }]
  if (isIP(host) !== 0) return { ports, to: [{ ipBlock: { cidr: single(host) } }] }
  const own = (addresses ?? []).filter((address) => !isPublic(address, options.clusterRanges))
  const others = addresses === undefined || own.length < addresses.length
  return {
    ports,
    to: [
      ...own.map((address) => ({ ipBlock: { cidr: single(address) } })),
      ...(others ? publicAddresses(options.clusterRanges) : []),
    ],
  }
}

function serviceNamespace(host: string): string | undefined {
  return /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\..*)?$/.exec(host)?.[1]
}

function storeHost({ storeEndpoint }: EgressOptions): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(storeEndpoint)
  return {
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}
