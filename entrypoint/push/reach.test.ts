import test from 'ava'
import type { Resolver } from '../../sidecar/fetch/address.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { type DestinationRules, strictRules } from './address-rules.ts'
import { reach } from './reach.ts'
import { DestinationRefusal } from './trouble.ts'

const forever = new AbortController().signal
const at =
  (...addresses: readonly string[]): Resolver =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const failing =
  (code: string): Resolver =>
  async () => {
    throw Object.assign(new Error('getaddrinfo inside.example'), { code })
  }
const reached = (url: string, resolver: Resolver, rules: DestinationRules = strictRules) =>
  reach(new URL(url), rules, 1_000, forever, resolver)

test('a public address is reached, whichever family it is of', async (t) => {
  t.deepEqual(await reached('https://a.example', at('93.184.216.34', '2606:2800:220:1::1')), [
    { address: '93.184.216.34', family: 4 },
    { address: '2606:2800:220:1::1', family: 6 },
  ])
  t.deepEqual(await reached('https://93.184.216.34', at()), [{ address: '93.184.216.34', family: 4 }])
})

test('one private address among several refuses the name, without a word about what it is', async (t) => {
  for (const inside of [
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
  ]) {
    const error = await t.throwsAsync(reached('https://a.example', at('93.184.216.34', inside)), {
      instanceOf: DestinationRefusal,
    })
    t.false(error?.message.includes(inside))
  }
})

test('a name that is not there and one that is inside are told in the same words', async (t) => {
  const gone = await t.throwsAsync(reached('https://a.example', failing('ENOTFOUND')), {
    instanceOf: DestinationRefusal,
  })
  const inside = await t.throwsAsync(reached('https://a.example', at('10.0.0.1')), { instanceOf: DestinationRefusal })
  const none = await t.throwsAsync(reached('https://a.example', at()), { instanceOf: DestinationRefusal })
  t.is(gone?.message, inside?.message)
  t.is(none?.message.replace('a.example is', 'the address of a.example is'), inside?.message)
})

test('a name server in trouble, a name that takes too long, and an allowed host that is away now, are for later', async (t) => {
  await t.throwsAsync(reached('https://a.example', failing('EAI_AGAIN')), { instanceOf: TransientError })
  const slow: Resolver = () => new Promise(() => undefined)
  await t.throwsAsync(reach(new URL('https://a.example'), strictRules, 20, forever, slow), {
    instanceOf: TransientError,
  })
  const rules = { allowed: ['a.example'], plainHttp: false }
  await t.throwsAsync(reached('https://a.example', failing('ENOTFOUND'), rules), { instanceOf: TransientError })
})

test('an allowed host is reached wherever it is, an allowed range only where all of its addresses lie there or are public', async (t) => {
  const byName = { allowed: ['a.example:8080'], plainHttp: false }
  t.is((await reached('http://a.example:8080', at('10.0.0.1'), byName)).length, 1)
  await t.throwsAsync(reached('http://a.example:8081', at('10.0.0.1'), byName), { instanceOf: DestinationRefusal })
  const byRange = { allowed: ['10.0.0.0/8'], plainHttp: false }
  t.is((await reached('http://a.example', at('10.0.0.1', '10.0.0.2'), byRange)).length, 2)
  t.is((await reached('https://a.example', at('10.0.0.1', '93.184.216.34'), byRange)).length, 2)
  await t.throwsAsync(reached('http://a.example', at('10.0.0.1', '93.184.216.34'), byRange), { message: /use https/ })
  await t.throwsAsync(reached('http://a.example', at('192.168.0.1'), byRange), { instanceOf: DestinationRefusal })
})

test('an end from outside is not taken for trouble', async (t) => {
  const ended = new AbortController()
  const waiting = reach(
    new URL('https://a.example'),
    strictRules,
    10_000,
    ended.signal,
    () => new Promise(() => undefined),
  )
  ended.abort(new Error('ended'))
  await t.throwsAsync(waiting, { message: 'ended' })
})
