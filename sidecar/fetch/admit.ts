import { type CheckedAddress, checkedAddresses, type Resolver } from './address.ts'
import { InputRefusal } from './input-refusal.ts'
import { checkPort } from './port.ts'

/** A URL that may be asked, and the addresses that it may be asked at. */
export interface Admitted {
  readonly url: URL
  readonly addresses: readonly CheckedAddress[]
}

/**
 * Holds an address to all rules: what it begins with, no credentials, its port, and what its name stands for right now.
 * @param connectMs for the name to resolve, in milliseconds
 * @throws InputRefusal; TransientError where the name does not resolve now
 */
export async function admit(
  address: string,
  allowedHosts: readonly string[],
  connectMs: number,
  signal: AbortSignal,
  resolver?: Resolver,
): Promise<Admitted> {
  const url = parseAddress(address)
  checkPort(url, allowedHosts)
  return { url, addresses: await checkedAddresses(url, allowedHosts, connectMs, signal, resolver) }
}

function parseAddress(address: string): URL {
  const url = URL.parse(address)
  if (url === null) throw new InputRefusal('the address cannot be read', 'Correct it.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputRefusal(`the address begins with ${url.protocol}`, 'Use http or https.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputRefusal(
      'the address holds a user name or password',
      'Leave it out; use a presigned address instead.',
    )
  }
  return url
}
