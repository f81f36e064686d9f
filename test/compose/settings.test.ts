import { createPublicKey } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { filesFor } from '../../compose/settings/files.ts'
import { keptSecrets } from '../../compose/settings/secrets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('secrets are made once: no two are alike, and others are made elsewhere', async (t) => {
  const folder = await temporaryFolder(t)
  const secrets = keptSecrets(join(folder, 'one'))
  t.deepEqual(keptSecrets(join(folder, 'one')), secrets)
  t.is(statSync(join(folder, 'one')).mode & 0o777, 0o600)
  const all = [...Object.values(secrets), ...Object.values(keptSecrets(join(folder, 'other')))]
  t.is(new Set(all).size, all.length)
  for (const secret of all) t.true(secret.length >= 20)
})

test('a secret that is missing is made, and the others stay', async (t) => {
  const path = join(await temporaryFolder(t), 'secrets')
  const { adminToken, ...others } = keptSecrets(path)
  writeFileSync(path, JSON.stringify(others))
  const secrets = keptSecrets(path)
  t.like(secrets, others)
  t.not(secrets.adminToken, adminToken)
})

test('a file that holds no secrets is an error, not a reason to make others', async (t) => {
  const path = join(await temporaryFolder(t), 'secrets')
  writeFileSync(path, '"text"')
  t.throws(() => keptSecrets(path), { message: /holds no secrets/ })
  writeFileSync(path, '{')
  t.throws(() => keptSecrets(path), { instanceOf: SyntaxError })
})

test('each container gets its own secrets and no others', async (t) => {
  const secrets = keptSecrets(join(await temporaryFolder(t), 'secrets'))
  const files = filesFor(secrets)
  const seenBy = (reader: string): readonly string[] => {
    const text = Object.values(files[reader] ?? {})
      .join('\n')
      .replaceAll(String.raw`\n`, '\n')
    return Object.entries(secrets).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))
  }
  t.deepEqual(Object.fromEntries(Object.keys(files).map((reader) => [reader, seenBy(reader)])), {
    'object-store': ['storeUser', 'storePassword'],
    entrypoint: ['storeUser', 'storePassword', 'tokenKey', 'adminToken', 'pathSecret', 'providerKey'],
    provider: ['pathSecret', 'providerKey', 'providerDataPlaneKey'],
    consumer: ['consumerKey', 'consumerDataPlaneKey'],
    offer: ['adminToken'],
    demo: ['consumerKey'],
  })
})

test('files are filled in: connectors, and the public half of the signing key', async (t) => {
  const secrets = keptSecrets(join(await temporaryFolder(t), 'secrets'))
  const { entrypoint = {}, provider = {}, consumer = {} } = filesFor(secrets)
  for (const text of [...Object.values(entrypoint), ...Object.values(provider), ...Object.values(consumer)])
    t.notRegex(text, /\{\{|undefined/)
  t.like(parse(entrypoint['connectors-cluster.yaml'] ?? ''), {
    connectors: [{ id: 'provider', dataAddressType: 'HttpProvision-cluster' }],
  })
  t.regex(provider['connector.properties'] ?? '', /^edc\.participant\.id=provider$/m)
  t.notRegex(consumer['connector.properties'] ?? '', /provisioner/)
  const publicKey = createPublicKey(secrets.providerDataPlaneKey).export({ type: 'spki', format: 'pem' })
  t.is(provider['data-plane.pem'], publicKey.toString())
})
