import { isIP } from 'node:net'
import type {
  V1IPBlock,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
  V1NetworkPolicySpec,
} from '@kubernetes/client-node'
import { privateRanges, specialRanges4, specialRanges6, unicastRange6 } from '../../core/network/special-ranges.ts'
import { networkLabel } from '../render/network.ts'
import type { EgressOptions } from './options.ts'

/** An address with the port at it, `undefined` for every port. */
export interface InputAddress {
  readonly address: string
  readonly port: number | undefined
}

/**
 * The NetworkPolicies of a namespace of jobs, by name. What a pod reaches is the sum of those that select it: nothing by the first;
 * names and the object store unless its label says `none`; public addresses where it says `inputs`. The chart renders the same.
 * @param inputAddresses where `inputHosts` are, resolved
 */
export function policySpecs(
  options: EgressOptions,
  inputAddresses: readonly InputAddress[],
): Readonly<Record<string, V1NetworkPolicySpec>> {
  const names = namesRule(options)
  const byName = isIP(storeHost(options).host) === 0
  const inputs: V1NetworkPolicyEgressRule[] = [
    names,
    { to: publicAddresses(options.clusterRanges), ports: [{ protocol: 'TCP' }] },
    ...inputAddresses.map(inputRule),
  ]
  return {
    'deny-all': { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    'object-store': {
      podSelector: { matchExpressions: [{ key: networkLabel, operator: 'NotIn', values: ['none'] }] },
      policyTypes: ['Egress'],
      egress: [...(byName ? [names] : []), storeRule(options), ...options.egress],
    },
    'url-inputs': {
      podSelector: { matchLabels: { [networkLabel]: 'inputs' } },
      policyTypes: ['Egress'],
      egress: inputs,
    },
  }
}

/** Names are asked for at private addresses only: port 53 of any other is as good a way out as any. */
function namesRule({ dns }: EgressOptions): V1NetworkPolicyEgressRule {
  return {
    ports: [
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ],
    to: dns === undefined ? privateRanges.map((cidr) => ({ ipBlock: { cidr } })) : [...dns],
  }
}

/** A policy cannot name a host: an address is itself, a Service's name its namespace (policies see pods, with their own ports), any other name its port anywhere. */
function storeRule(options: EgressOptions): V1NetworkPolicyEgressRule {
  const { host, port } = storeHost(options)
  if (options.objectStore !== undefined) return { to: [...options.objectStore] }
  const [, namespace] = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\..*)?$/.exec(host) ?? []
  if (namespace !== undefined)
    return { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }] }
  const ports = [{ port, protocol: 'TCP' }]
  if (isIP(host) !== 0) return { ports, to: [{ ipBlock: { cidr: single(host) } }] }
  return { ports, to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }] }
}

function storeHost({ storeEndpoint }: EgressOptions): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(storeEndpoint)
  return {
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}

function publicAddresses(clusterRanges: readonly string[]): V1NetworkPolicyPeer[] {
  // Only what lies within a block may be taken from it.
  const ours6 = clusterRanges.filter((range) => /^[23][0-9a-f]{3}:/i.test(range))
  const ours4 = clusterRanges.filter((range) => !range.includes(':'))
  return [
    { ipBlock: block('0.0.0.0/0', [...specialRanges4, ...ours4]) },
    { ipBlock: block(unicastRange6, [...specialRanges6, ...ours6]) },
  ]
}

function block(cidr: string, except: readonly string[]): V1IPBlock {
  return { cidr, except: [...except] }
}

function inputRule({ address, port }: InputAddress): V1NetworkPolicyEgressRule {
  const to = [{ ipBlock: { cidr: single(address) } }]
  return port === undefined ? { to, ports: [{ protocol: 'TCP' }] } : { to, ports: [{ port, protocol: 'TCP' }] }
}

function single(address: string): string {
  return `${address}/${isIP(address) === 6 ? 128 : 32}`
}
