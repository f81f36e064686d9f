import { BlockList, isIP, isIPv4 } from 'node:net'

/** A set of IP addresses; an IPv4 address may also come as IPv6 (`::ffff:10.0.0.7`), as listeners on `::` show it. */
export interface AddressRanges {
  has(address: string): boolean
}

/** Whether a text is an IP address or a range of them, such as `10.0.0.0/8` or `fd00::/8`. */
export function isAddressRange(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  if (isIP(address) === 0 || more.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (isIPv4(address) ? 32 : 128))
}

/** The addresses in ranges that `isAddressRange` takes. */
export function addressRanges(ranges: readonly string[]): AddressRanges {
  const block = new BlockList()
  for (const range of ranges) {
    const [address = '', length] = range.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (length === undefined) block.addAddress(address, family)
    else block.addSubnet(address, Number(length), family)
  }
  return {
    has(address) {
      const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
      return isIP(plain) !== 0 && block.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
    },
  }
}
