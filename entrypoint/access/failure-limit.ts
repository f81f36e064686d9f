import { isIPv6 } from 'node:net'
import { ServiceError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'

/** So many wrong credentials one address may send at once, and one more for every `forgivenMs` milliseconds. */
export const allowedFailures = 20
const forgivenMs = 3_000

/** Most addresses that are kept in mind; the one that failed longest ago is forgotten first. */
const mostAddresses = 10_000

/** Counts wrong credentials by the address they came from. */
export interface FailureLimit {
  /** @throws ServiceError `too-many-attempts` where an address has failed too often; what it sends is not looked at then */
  check(address: string): void
  /** Notes a failure. */
  note(address: string): void
  /** How many addresses are kept in mind. */
  readonly size: number
}

/**
 * Slows down who guesses credentials. All secrets here are too long to be guessed; this keeps guessing from costing processor time and
 * filling the log. An address of IPv6 counts with its whole /64, because that is what one subscriber gets.
 */
export function failureLimit(clock: Clock): FailureLimit {
  const failures = new Map<string, { count: number; at: number }>()
  const current = (address: string): number => {
    const known = failures.get(address)
    if (known === undefined) return 0
    return Math.max(0, known.count - Math.abs(clock.now() - known.at) / forgivenMs) // a clock that was set back forgives, too
  }
  return {
    check(address) {
      if (current(subscriber(address)) > allowedFailures - 1)
        throw new ServiceError(
          'too-many-attempts',
          'Too many requests from this address had wrong credentials; further ones are not looked at for a while.',
        )
    },
    note(address) {
      const from = subscriber(address)
      const count = current(from) + 1
      failures.delete(from) // so that the map is ordered by the last failure
      failures.set(from, { count, at: clock.now() })
      const [oldest] = failures.keys()
      if (failures.size > mostAddresses && oldest !== undefined) failures.delete(oldest)
    },
    get size() {
      return failures.size
    },
  }
}

/** The address, or for IPv6 its first 64 bits. */
function subscriber(address: string): string {
  if (!isIPv6(address)) return address
  const [before = '', after] = (address.split('%')[0] ?? '').split('::')
  const head = before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const groups =
    after === undefined
      ? head
      : [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group || '0', 16).toString(16))
    .join(':')
}
