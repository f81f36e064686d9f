import test from 'ava'
import { clientAddress } from './client-address.ts'

const trusted = clientAddress(['10.0.0.0/8', 'fd00::/8'])

test('without trusted proxies the header is never read', (t) => {
  t.is(clientAddress([])('127.0.0.1', '192.0.2.1'), '127.0.0.1')
  t.is(clientAddress([])(undefined, '192.0.2.1'), 'unknown')
})

test('only a trusted proxy is believed', (t) => {
  t.is(trusted('203.0.113.9', '192.0.2.1'), '203.0.113.9')
  t.is(trusted('10.0.0.7', '192.0.2.1'), '192.0.2.1')
  t.is(trusted('::ffff:10.0.0.7', '192.0.2.1'), '192.0.2.1')
  t.is(trusted('10.0.0.7', ''), '10.0.0.7')
})

test('what a client made up stands before what trusted proxies wrote, and counts for nothing', (t) => {
  t.is(trusted('10.0.0.7', '1.1.1.1, 192.0.2.1'), '192.0.2.1')
  t.is(trusted('10.0.0.7', '1.1.1.1, 192.0.2.1, 10.0.0.8, fd12::1'), '192.0.2.1')
  t.is(trusted('10.0.0.7', '10.0.0.9,10.0.0.8'), '10.0.0.9')
})

test('an entry that is no address ends the reading', (t) => {
  t.is(trusted('10.0.0.7', '192.0.2.1, unknown'), '10.0.0.7')
  t.is(trusted('10.0.0.7', '192.0.2.1, "><script>, 10.0.0.8'), '10.0.0.8')
})

test('ports that some proxies add are left out', (t) => {
  t.is(trusted('10.0.0.7', '192.0.2.1:4711'), '192.0.2.1')
  t.is(trusted('10.0.0.7', '::ffff:192.0.2.1%eth0'), '192.0.2.1', 'and zones')
  t.is(trusted('10.0.0.7', '[2001:db8::1]:4711'), '2001:db8::1')
  t.is(trusted('10.0.0.7', '[2001:db8::1]'), '2001:db8::1')
})
