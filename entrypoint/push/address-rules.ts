import { isIP } from 'node:net'
import { addressRanges } from '../../config/address-range.ts'
import type { Settings } from '../../config/settings.ts'
import { isAllowedHost, isForbidden, plainHost } from '../../sidecar/fetch/address.ts'
import { InputRefusal } from '../../sidecar/fetch/input-refusal.ts'
import { checkPort } from '../../sidecar/fetch/port.ts'

/** What the operator lets consumers name as destinations, beyond https at public addresses. */
export interface DestinationRules {
  /**
   * Hosts (`host`, `host:port`) and ranges of addresses (`10.0.0.0/8`) that may be pushed to although they are not public, and
   * by plain http.
   */
  readonly allowed: readonly string[]
  /** Whether plain http is taken anywhere. */
  readonly plainHttp: boolean
}

/** The rules where the operator allowed nothing. */
export const strictRules: DestinationRules = { allowed: [], plainHttp: false }

/** The rules that the settings make. */
export function destinationRules(settings: Pick<Settings, 'DSC_PUSH_HOSTS' | 'DSC_DEVELOPMENT'>): DestinationRules {
  return { allowed: settings.DSC_PUSH_HOSTS, plainHttp: settings.DSC_DEVELOPMENT }
}

/** What consumers are told of addresses that are not public: nothing of what a name stands for inside. */
export const notPublic = 'is not at a public address; the provider’s operator can allow it (DSC_PUSH_HOSTS)'
const httpsOnly = 'begins with http:; use https:, or have the provider’s operator allow the host (DSC_PUSH_HOSTS)'

/** Longest address that is read, in characters. */
const longestAddress = 4096

/**
 * Reads an address that a consumer gives and holds it to all rules that need no network.
 * @returns the address, or what is wrong with it, without repeating it: it may hold secrets
 */
export function checkedUrl(text: string, rules: DestinationRules): URL | string {
  if (text.length > longestAddress) return `is longer than ${longestAddress} characters`
  // A URL parser drops line breaks and tabs wherever they stand.
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  if (/[\u0000-\u0020\u007F]/.test(text)) return 'has blanks or control characters'
  const url = URL.parse(text)
  if (url === null) return 'is no address such as https://host.example/path'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'does not begin with https:'
  if (url.username !== '' || url.password !== '') return 'holds a user name or password; give credentials as properties'
  const host = plainHost(url)
  if (isIP(host) !== 0) {
    const problem = placeProblem(url, [host], rules)
    if (problem !== undefined) return problem
  } else if (!mayBePlain(url, rules)) return httpsOnly
  return portProblem(url, rules) ?? url
}

/**
 * Holds the addresses that a host's name stands for to the rules: all of them, since a connection may take any.
 * @returns what is wrong, for the consumer; `undefined` where nothing is
 */
export function placeProblem(url: URL, addresses: readonly string[], rules: DestinationRules): string | undefined {
  if (isAllowed(url, rules)) return undefined
  const ranges = addressRanges(rules.allowed.filter(isRange))
  if (addresses.some((address) => isForbidden(address) && !ranges.has(address))) return notPublic
  const plainAllowed = rules.plainHttp || addresses.every((address) => ranges.has(address))
  return url.protocol === 'http:' && !plainAllowed ? httpsOnly : undefined
}

/** Whether the operator allowed a host by its name. */
export function isAllowed(url: URL, rules: DestinationRules): boolean {
  return isAllowedHost(
    url,
    rules.allowed.filter((entry) => !isRange(entry)),
  )
}

/** A name may yet turn out to be within an allowed range. */
function mayBePlain(url: URL, rules: DestinationRules): boolean {
  return url.protocol === 'https:' || rules.plainHttp || isAllowed(url, rules) || rules.allowed.some(isRange)
}

function isRange(entry: string): boolean {
  return entry.includes('/')
}

function portProblem(url: URL, { allowed }: DestinationRules): string | undefined {
  try {
    checkPort(url, allowed)
    return undefined
  } catch (error) {
    if (error instanceof InputRefusal) return `names a port of another protocol (${url.port})`
    throw error
  }
}
