/**
 * Ranges of addresses that are no public unicast address, or stand for another one: IANA's special-purpose address registries
 * (IPv4 and IPv6), multicast, and the ranges that IPv6 keeps for IPv4. As `network/prefix`.
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
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
export const specialRanges6: readonly string[] = [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

/** Where a cluster's name service lies: addresses that a network keeps to itself, but for those of metadata services. */
export const privateRanges: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.20.0/24', // NodeLocal DNSCache listens at 169.254.20.10
  'fc00::/7',
]
