import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import {
  linkLocalRanges4,
  linkLocalRanges6,
  specialRanges4,
  specialRanges6,
  unicastRange6,
} from '../../core/network/special-ranges.ts'
import { codeOf, reasonOf } from '../failure.ts'
import { TransientError } from '../retry.ts'
import { InputRefusal } from './input-refusal.ts'

/** An address that was checked and may be connected to. */
export interface CheckedAddress {
  readonly address: string
  readonly family: 4 | 6
}

const forbidden4 = blockList('ipv4', specialRanges4)
const unicast6 = blockList('ipv6', [unicastRange6])
const forbidden6 = blockList('ipv6', specialRanges6)
const linkLocal4 = blockList('ipv4', linkLocalRanges4)
const linkLocal6 = blockList('ipv6', linkLocalRanges6)

/** Finds every address of a name. */
export type Resolver = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** As every other program on this machine does it. */
const resolveBySystem: Resolver = (host) => lookup(host, { all: true, order: 'verbatim' })

/** Whether an IP address is one that a url input may not reach unless its host is allowed by name. */
export function isForbidden(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return forbidden4.check(address, 'ipv4')
  // A zone (`fe80::1%eth0`) makes it an address of this link.
  if (family === 0 || address.includes('%')) return true
  return !unicast6.check(address, 'ipv6') || forbidden6.check(address, 'ipv6')
}

function isOfLink(address: string): boolean {
  const plain = address.replace(/%.*$/, '')
  return isIP(plain) === 4 ? linkLocal4.check(plain, 'ipv4') : linkLocal6.check(plain, 'ipv6')
}

/**
 * Whether a URL's host is named in the list, as `host` or `host:port`. Names are compared as a URL spells them (lower case, no
 * dot at the end); an IPv6 address may stand with or without brackets.
 */
export function isAllowedHost(url: URL, allowedHosts: readonly string[]): boolean {
  const host = plainHost(url)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const spelled = host.includes(':') ? [host, `[${host}]`, `[${host}]:${port}`] : [host, `${host}:${port}`]
  return allowedHosts.some((entry) => spelled.includes(entry.toLowerCase()))
}

/** The host of a URL without brackets and without the dot at the end of a full name. */
export function plainHost(url: URL): string {
  return url.hostname.replaceAll(/[[\]]/g, '').replace(/\.$/, '')
}

/**
 * Resolves the host of a URL once and checks every address: the connection then goes to one of these and to no other, so a name
 * that changes its address in between gains nothing.
 * @throws InputRefusal where an address is not public and the host not allowed; TransientError where the name does not resolve now
 */
export async function checkedAddresses(
  url: URL,
  allowedHosts: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
  resolver: Resolver = resolveBySystem,
): Promise<readonly CheckedAddress[]> {
  const host = plainHost(url)
  const addresses =
    isIP(host) === 0 ? await resolve(host, timeoutMs, signal, resolver) : [{ address: host, family: isIP(host) }]
  if (addresses.length === 0) throw new InputRefusal(`${host} has no address`, 'Check the address.')
  if (!isAllowedHost(url, allowedHosts)) {
    const inside = addresses.find(({ address }) => isForbidden(address))
    if (inside !== undefined) {
      throw new InputRefusal(
        `${host} is at ${inside.address}, which is not a public address`,
        'Use a public address, or have the operator add the host to DSC_INPUT_HOSTS.',
      )
    }
  }
  // An operator who allows a name does not answer for what whoever runs its zone makes of it.
  const ofLink = isIP(host) === 0 ? addresses.find(({ address }) => isOfLink(address)) : undefined
  if (ofLink !== undefined) {
    throw new InputRefusal(
      `${host} is at ${ofLink.address}, an address of the machine’s own link, for which no name may stand`,
      'Check what the name resolves to; an address of the link itself can be allowed in DSC_INPUT_HOSTS.',
    )
  }
  return addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

async function resolve(host: string, timeoutMs: number, signal: AbortSignal, resolver: Resolver) {
  const late = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const tooLate = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new TransientError(`the name ${host} did not resolve in time`)))
  })
  try {
    // A lookup cannot be ended; its answer is then nobody's.
    return await Promise.race([resolver(host), tooLate])
  } catch (error) {
    if (error instanceof TransientError) throw error
    if (codeOf(error) === 'ENOTFOUND') throw new InputRefusal(`there is no host ${host}`, 'Check the address.')
    throw new TransientError(`the name ${host} does not resolve: ${reasonOf(error)}`, { cause: error })
  }
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
