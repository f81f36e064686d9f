import test from 'ava'
import { addressRanges, isAddressRange } from './address-range.ts'

test('addresses and ranges are told from everything else', (t) => {
  for (const good of ['10.0.0.7', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '::/0'])
    t.true(isAddressRange(good), good)
  for (const bad of [
    '',
    'proxy',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    ' 10.0.0.1',
  ])
    t.false(isAddressRange(bad), bad)
})

test('an address is in a range, also where it comes as IPv6', (t) => {
  const ranges = addressRanges(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
  for (const inside of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1']) t.true(ranges.has(inside), inside)
  for (const outside of ['11.0.0.1', '192.0.2.8', 'fe80::1', '::ffff:11.0.0.1', 'unknown', ''])
    t.false(ranges.has(outside), outside)
  t.false(addressRanges([]).has('127.0.0.1'))
})
