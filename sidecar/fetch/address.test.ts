import test from 'ava'
import { never } from '../_task.test.ts'
import { checkedAddresses, isAllowedHost, isForbidden } from './address.ts'
import { InputRefusal } from './input-refusal.ts'

for (const address of [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001::1',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'nonsense',
  '',
]) {
  test(`no public address: ${JSON.stringify(address)}`, (t) => t.true(isForbidden(address)))
}

for (const address of [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.0.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.0.1',
  '198.17.0.1',
  '198.20.0.1',
  '223.255.255.254',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
]) {
  test(`a public address: ${address}`, (t) => t.false(isForbidden(address)))
}

const allowed = (url: string, ...hosts: string[]) => isAllowedHost(new URL(url), hosts)

test('a name that is allowed stands for no address of the machine’s own link', async (t) => {
  const check = (url: string, address: string) =>
    checkedAddresses(
      new URL(url),
      ['files.partner.example', '169.254.1.1'],
      1_000,
      new AbortController().signal,
      async () => [
        { address: '10.9.9.9', family: 4 },
        { address, family: address.includes(':') ? 6 : 4 },
      ],
    )
  for (const address of ['169.254.169.254', 'fe80::1', 'fe80::1%eth0'])
    await t.throwsAsync(check('http://files.partner.example/a', address), {
      instanceOf: InputRefusal,
      message: /own link/,
    })
  t.is((await check('http://files.partner.example/a', '10.9.9.8')).length, 2)
  t.is((await check('http://169.254.1.1/a', '10.9.9.8')).length, 1, 'an operator may name an address')
})

test('allowed hosts are compared whole, as a URL spells them', (t) => {
  t.true(allowed('http://Files.Example/a', 'files.example'))
  t.true(allowed('http://files.example./a', 'files.example'))
  t.true(allowed('http://files.example:8080/', 'files.example'))
  t.true(allowed('http://files.example:8080/', 'FILES.example:8080'))
  t.true(allowed('http://files.example/', 'files.example:80'))
  t.true(allowed('https://files.example/', 'files.example:443'))
  t.true(allowed('http://[::1]:9000/', '[::1]:9000'))
  t.true(allowed('http://[::1]:9000/', '::1'))
  t.false(allowed('http://files.example:8081/', 'files.example:8080'))
  t.false(allowed('https://files.example/', 'files.example:80'))
  t.false(allowed('http://evil-files.example/', 'files.example'))
  t.false(allowed('http://files.example.evil/', 'files.example'))
  t.false(allowed('http://files.example/'))
})

// Every spelling of 127.0.0.1 and its like that a URL turns into that address.
for (const host of [
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '017700000001',
  '[::1]',
  '[::ffff:127.0.0.1]',
  'localhost',
  '0',
]) {
  test(`${host} is refused unless it is allowed`, async (t) => {
    const url = new URL(`http://${host}/`)
    const error = await t.throwsAsync(checkedAddresses(url, [], 5000, never))
    t.true(error instanceof InputRefusal)
    t.regex(error?.message ?? '', /is not a public address/)
    t.true((await checkedAddresses(url, [url.hostname], 5000, never)).length > 0)
  })
}
