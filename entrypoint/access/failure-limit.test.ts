import test from 'ava'
import { ServiceError } from '../../core/errors.ts'
import { allowedFailures, failureLimit } from './failure-limit.ts'

const tooMany = { instanceOf: ServiceError, code: 'too-many-attempts' }

function limited(clock: { now(): number } = { now: () => 0 }) {
  const limit = failureLimit(clock)
  const fail = (address: string, times = allowedFailures): void => {
    for (let time = 0; time < times; time += 1) limit.note(address)
  }
  return { limit, fail }
}

test('an address that fails too often is refused, others are not', (t) => {
  const { limit, fail } = limited()
  fail('192.0.2.1', allowedFailures - 1)
  t.notThrows(() => limit.check('192.0.2.1'))
  fail('192.0.2.1', 1)
  t.throws(() => limit.check('192.0.2.1'), tooMany)
  t.notThrows(() => limit.check('192.0.2.2'))
})

test('failures are forgiven with time, whichever way the clock jumps', (t) => {
  let now = 0
  const { limit, fail } = limited({ now: () => now })
  fail('192.0.2.1')
  now = 2_999
  t.throws(() => limit.check('192.0.2.1'), tooMany)
  now = 3_001
  t.notThrows(() => limit.check('192.0.2.1'))
  fail('192.0.2.1', 2)
  t.throws(() => limit.check('192.0.2.1'), tooMany)
  now = -1_000_000
  t.notThrows(() => limit.check('192.0.2.1'))
})

test('an IPv6 subscriber cannot get around it with other addresses of the same network', (t) => {
  const { limit, fail } = limited()
  fail('2001:db8:1:2::1', 10)
  fail('2001:0DB8:1:2:ffff::1', 10)
  t.throws(() => limit.check('2001:db8:1:2:3:4:5:6'), tooMany)
  t.notThrows(() => limit.check('2001:db8:1:3::1'))
  fail('::1')
  t.throws(() => limit.check('::1'), tooMany)
  t.notThrows(() => limit.check('127.0.0.1'))
  fail('fe80::1%eth0')
  t.throws(() => limit.check('fe80::2'), tooMany)
})

test('however many addresses fail, only so many are kept in mind', (t) => {
  const { limit } = limited()
  for (let one = 0; one < 50_000; one += 1) limit.note(`10.${one >> 16}.${(one >> 8) & 255}.${one & 255}`)
  t.is(limit.size, 10_000)
})
