import type { V1NetworkPolicyEgressRule, V1NetworkPolicySpec } from '@kubernetes/client-node'
import { privateRanges } from '../../core/network/special-ranges.ts'
import { networkLabel } from '../render/network.ts'
import { isStoreNamed, storeRule } from './object-store.ts'
import type { EgressOptions } from './options.ts'
import { publicAddresses, single } from './ranges.ts'

/** An address with the port at it, `undefined` for every port. */
export interface InputAddress {
  readonly address: string
  readonly port: number | undefined
}

/**
 * The NetworkPolicies of a namespace of jobs, by name. What a pod reaches is the sum of those that select it: nothing by the first;
 * names and the object store unless its label says `none`; public addresses where it says `inputs`. The chart renders the same.
 * @param inputAddresses where `inputHosts` are, resolved
 * @param storeAddresses what `resolveStore` found. @default the store's name cannot be resolved, as in the chart
 */
export function policySpecs(
  options: EgressOptions,
  inputAddresses: readonly InputAddress[],
  storeAddresses?: readonly string[],
): Readonly<Record<string, V1NetworkPolicySpec>> {
  const names = namesRule(options)
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
      egress: [...(isStoreNamed(options) ? [names] : []), storeRule(options, storeAddresses), ...options.egress],
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

function inputRule({ address, port }: InputAddress): V1NetworkPolicyEgressRule {
  const to = [{ ipBlock: { cidr: single(address) } }]
  return port === undefined ? { to, ports: [{ protocol: 'TCP' }] } : { to, ports: [{ port, protocol: 'TCP' }] }
}
