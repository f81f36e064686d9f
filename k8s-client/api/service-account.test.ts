import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { serviceAccount } from './service-account.ts'

test('a pod is what its mounted token says, read anew where it is not accepted any more', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'token'), 'old\n')
  await writeFile(join(folder, 'ca.crt'), 'certificate')
  const account = serviceAccount({ host: '10.96.0.1', port: '443' }, folder)
  const first = await account?.current()
  t.like(first, { server: 'https://10.96.0.1:443', headers: { Authorization: 'Bearer old' }, proxy: undefined })
  t.deepEqual(first?.certificates, { ca: Buffer.from('certificate') })
  await writeFile(join(folder, 'token'), 'new')
  t.is(await account?.current(), first)
  const renewed = await account?.renew()
  t.like(renewed, { headers: { Authorization: 'Bearer new' }, identity: first?.identity ?? '' })
  t.is(await account?.current(), renewed)
  await writeFile(join(folder, 'ca.crt'), 'another')
  t.not((await account?.renew())?.identity, first?.identity, 'another certificate needs other connections')
})

test('an IPv6 address stands in brackets', async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['token', 'ca.crt']) await writeFile(join(folder, name), 'x')
  t.is((await serviceAccount({ host: 'fd00::1', port: '443' }, folder)?.current())?.server, 'https://[fd00::1]:443')
})

test('outside of pods, and in pods without a token, there is none', async (t) => {
  const folder = await temporaryFolder(t)
  t.is(serviceAccount({ host: '10.96.0.1', port: '443' }, folder), undefined)
  await writeFile(join(folder, 'token'), 'x')
  t.is(serviceAccount(undefined, folder), undefined)
})
