import { BlockList, isIP } from 'node:net'
import type { V1NetworkPolicyPeer } from '@kubernetes/client-node'
import {
  linkLocalRanges4,
  linkLocalRanges6,
  specialRanges4,
  specialRanges6,
  unicastRange6,
} from '../../core/network/special-ranges.ts'

/**
 * Addresses that no pod shall be let through to on the word of a name: the machine itself, its link (where clouds tell machines their
 * secrets), and many at once.
 */
const neverRanges = [
  ...linkLocalRanges4,
  ...linkLocalRanges6,
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/3',
  '::/127',
  'ff00::/8',
]

/** What policies let through as public: every address but special ones, and those of the cluster. */
export function publicAddresses(clusterRanges: readonly string[]): V1NetworkPolicyPeer[] {
  // Only what lies within a block may be taken from it.
  const ours6 = clusterRanges.filter((range) => /^[23][0-9a-f]{3}:/i.test(range))
  const ours4 = clusterRanges.filter((range) => !range.includes(':'))
  return [
    { ipBlock: { cidr: '0.0.0.0/0', except: [...specialRanges4, ...ours4] } },
    { ipBlock: { cidr: unicastRange6, except: [...specialRanges6, ...ours6] } },
  ]
}

/** Whether an address is one of `publicAddresses`. */
export function isPublic(address: string, clusterRanges: readonly string[]): boolean {
  const closed = isIP(address) === 6 ? specialRanges6 : specialRanges4
  if (isIP(address) === 6 && !isWithin(address, [unicastRange6])) return false
  return !isWithin(address, [...closed, ...clusterRanges])
}

/** Whether an address is one that no name may stand for. */
export function isNever(address: string): boolean {
  return isWithin(address, neverRanges)
}

/** One address, as policies write it. */
export function single(address: string): string {
  return `${address}/${isIP(address) === 6 ? 128 : 32}`
}

function isWithin(address: string, ranges: readonly string[]): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/')
    if ((isIP(network) === 6) === (family === 'ipv6')) list.addSubnet(network, Number(prefix), family)
  }
  return list.check(address, family)
}
