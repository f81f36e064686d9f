import { isIP } from 'node:net'
import { type AddressRanges, addressRanges } from '../../config/address-range.ts'

/** Tells the address of the client behind a request, given the socket's and the X-Forwarded-For header. */
export type ClientAddress = (socketAddress: string | undefined, forwardedFor: string) => string

/**
 * Who the client is: the last address that no trusted proxy has. Each proxy appends the address that it was called from, so the header
 * is read from its end, and only as far as those who wrote it are trusted; what stands before that anybody may have made up.
 * @param trusted addresses and ranges of proxies; none: the header is never read
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const ranges = addressRanges(trusted)
  return (socketAddress = 'unknown', forwardedFor) => {
    if (!ranges.has(socketAddress)) return plain(socketAddress)
    return plain(walkBack(socketAddress, forwardedFor, ranges))
  }
}

function walkBack(nearest: string, forwardedFor: string, ranges: AddressRanges): string {
  let client = nearest
  for (const entry of forwardedFor.split(',').toReversed()) {
    const address = withoutPort(entry.trim())
    if (isIP(address) === 0) return client
    client = address
    if (!ranges.has(address)) return client
  }
  return client
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1]
  return bracketed ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry
}

/** An IPv4 address that came as an IPv6 one, perhaps with a zone behind it, is an IPv4 address. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)(?:%.*)?$/i.exec(address)?.[1] ?? address
}
