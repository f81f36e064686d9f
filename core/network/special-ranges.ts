/**
 * IPv4 ranges that are no public unicast address, stand for another one or serve a purpose of their own: IANA's special-purpose
 * address registry and multicast. As `network/prefix`. Ranges that are reachable from everywhere, yet serve a purpose of their own
 * (AS112, AMT), are no place for an input either. The data sidecar fetches from none of these, and NetworkPolicies leave them out.
 */
export const specialRanges4: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** All unicast IPv6 addresses that IANA gave away so far: IPv4 in any disguise, NAT64 and private ranges lie outside. */
export const unicastRange6 = '2000::/3'
/** What within these is special: Teredo and other protocols, documentation, 6to4, AS112. */
export const specialRanges6: readonly string[] = [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
]

/** The machine's own link, where clouds tell machines their secrets: no name may stand for an address there. */
export const linkLocalRanges4: readonly string[] = ['169.254.0.0/16']
/** The same of IPv6. */
export const linkLocalRanges6: readonly string[] = ['fe80::/10']

/** Where a cluster's name service lies: addresses that a network keeps to itself, but for those of metadata services. */
export const privateRanges: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.20.0/24', // NodeLocal DNSCache listens at 169.254.20.10
  'fc00::/7',
]
