import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { type ConnectorSettings, loadConnectors } from './connectors.ts'
import { SettingsError } from './load.ts'

const secret = 'a-secret-of-the-path_0123456789AB'

async function load(
  t: ExecutionContext,
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly ConnectorSettings[]> {
  const folder = await temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const path = join(folder, 'connectors.yaml')
  await writeFile(path, text)
  return loadConnectors(path)
}

async function complaints(
  t: ExecutionContext,
  text: string,
  files?: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const error = await t.throwsAsync(load(t, text, files), { instanceOf: SettingsError })
  return error.problems.map(({ where, message }) => `${where.split(' ').slice(1).join(' ')}: ${message}`)
}

test('a connector needs a name, an address and a key', async (t) => {
  t.deepEqual(
    await load(t, 'connectors: [{id: provider, managementUrl: "http://edc:19193/management/", apiKey: key}]'),
    [
      {
        id: 'provider',
        dialect: 'http-provisioner',
        managementUrl: 'http://edc:19193/management',
        apiKey: 'key',
        callbackAddress: 'http://edc:19193/management/callback',
      },
    ],
  )
})

test('everything a connector may have is read; keys from files beside the connectors file', async (t) => {
  const text = `
connectors:
  - id: one
    dialect: http-provisioner
    managementUrl: https://edc.example/management
    apiKeyFile: one.key
    callbackAddress: https://edc.example/elsewhere/
    secretFile: one.secret
  - { id: two, managementUrl: http://two, apiKey: k, secret: ${secret} }`
  const [one, two] = await load(t, text, { 'one.key': 'from-a-file\n', 'one.secret': `${secret}\n` })
  t.like(one, { apiKey: 'from-a-file', callbackAddress: 'https://edc.example/elsewhere', secret })
  t.like(two, { id: 'two', apiKey: 'k', secret })
})

test('keys in files are followed, those in the connectors file are not', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'connectors.yaml')
  await writeFile(join(folder, 'a.key'), 'before')
  const text = `
connectors:
  - { id: one, managementUrl: http://one, apiKeyFile: a.key }
  - { id: two, managementUrl: http://two, apiKey: k }
  - id: three
    dialect: data-plane-signaling
    signalingUrl: http://three/signaling
    managementUrl: http://three
    apiKeyFile: a.key
    tokens: { tokenUrl: http://idp/t, clientId: us, clientSecretFile: a.key }
    registeredTokens: { tokenEndpoint: http://idp/t, clientId: them, clientSecretFile: a.key }`
  await writeFile(path, text)
  const [one, two, three] = loadConnectors(path)
  await writeFile(join(folder, 'a.key'), 'after')
  if (one?.dialect !== 'http-provisioner' || two?.dialect !== 'http-provisioner') return t.fail()
  if (three?.dialect !== 'data-plane-signaling') return t.fail()
  t.is(two.apiKeyInFile, undefined)
  const { management, tokens, registration } = three
  for (const secret of [
    one.apiKeyInFile,
    management?.apiKeyInFile,
    tokens.own?.clientSecretInFile,
    registration?.clientSecretInFile,
  ]) {
    t.is(secret?.current(), 'before')
    t.true(secret?.replaced('before'))
    t.is(secret?.current(), 'after')
  }
})

const good = 'id: a, managementUrl: "http://a", apiKey: k'
const wrong: readonly (readonly [title: string, text: string, problem: RegExp])[] = [
  ['an empty file', '', /./],
  ['no connectors', 'connectors: []', /^connectors: /],
  ['a broken file', 'connectors: [', /./],
  ['an unknown field', `connectors: [{${good}, key: x}]`, /^connectors\[0\]\.key: there is no such field/],
  ['another top', `connector: [{${good}}]`, /connector/],
  [
    'a name with capitals',
    'connectors: [{id: A, managementUrl: "http://a", apiKey: k}]',
    /^connectors\[0\]\.id: expected lower case/,
  ],
  [
    'a name that would be two path segments',
    'connectors: [{id: a/b, managementUrl: "http://a", apiKey: k}]',
    /^connectors\[0\]\.id: /,
  ],
  ['no address', 'connectors: [{id: a, apiKey: k}]', /^connectors\[0\]\.managementUrl: /],
  [
    'an address of another kind',
    'connectors: [{id: a, managementUrl: "ftp://a", apiKey: k}]',
    /^connectors\[0\]\.managementUrl: expected an http/,
  ],
  [
    'no key',
    'connectors: [{id: a, managementUrl: "http://a"}]',
    /^connectors\[0\]\.apiKey: expected either apiKey or apiKeyFile/,
  ],
  ['an empty key', 'connectors: [{id: a, managementUrl: "http://a", apiKey: ""}]', /^connectors\[0\]\.apiKey: /],
  ['two keys', `connectors: [{${good}, apiKeyFile: x}]`, /^connectors\[0\]\.apiKey: expected either/],
  [
    'two secrets',
    `connectors: [{${good}, secret: ${secret}, secretFile: x}]`,
    /^connectors\[0\]\.secret: expected either/,
  ],
  ['a short secret', `connectors: [{${good}, secret: short}]`, /^connectors\[0\]\.secret: expected 32 to 128/],
  ['a secret that is no path segment', `connectors: [{${good}, secret: "${secret}/x"}]`, /^connectors\[0\]\.secret: /],
  ['another dialect', `connectors: [{${good}, dialect: morse}]`, /^connectors\[0\]\.dialect: /],
  ['a name twice', `connectors: [{${good}}, {${good}}]`, /the id a stands twice/],
  [
    'a key file that is missing',
    'connectors: [{id: a, managementUrl: "http://a", apiKeyFile: missing}]',
    /apiKeyFile: the file .*missing.* no such file/,
  ],
]
for (const [title, text, problem] of wrong) {
  test(`refuses ${title}`, async (t) => {
    const problems = await complaints(t, text)
    t.true(
      problems.some((one) => problem.test(one)),
      problems.join('\n'),
    )
  })
}

for (const content of ['', '\n', 'short', `${secret}/x`]) {
  test(`a secret file that holds ${JSON.stringify(content)} is refused: it would leave the door open`, async (t) => {
    const problems = await complaints(t, `connectors: [{${good}, secretFile: s}]`, { s: content })
    t.is(problems.length, 1)
    if (content.trim() !== '') t.false(problems.join().includes(content), 'what the file holds is not shown')
  })
}

test('an empty key file is refused', async (t) => {
  t.is((await complaints(t, 'connectors: [{id: a, managementUrl: "http://a", apiKeyFile: k}]', { k: '\n' })).length, 1)
})

test('everything that is wrong is told at once', async (t) => {
  const text = 'connectors: [{id: A, managementUrl: x, apiKey: k, secret: short}, {id: b, managementUrl: "http://b"}]'
  t.is((await complaints(t, text)).length, 4)
  const files =
    'connectors: [{id: a, managementUrl: "http://a", apiKeyFile: x, secretFile: y}, {id: b, managementUrl: "http://b", apiKeyFile: z}]'
  const problems = (await complaints(t, files)).join('\n')
  for (const file of ['x', 'y', 'z']) t.regex(problems, new RegExp(`/${file} cannot be read: there is no such file`))
})

test('a file that is not there is an error that names it', (t) => {
  const error = t.throws(() => loadConnectors('/nowhere/connectors.yaml'), { instanceOf: SettingsError })
  t.deepEqual(error.problems, [
    {
      where: 'DSC_CONNECTORS_FILE',
      message: 'the file /nowhere/connectors.yaml cannot be read: there is no such file',
    },
  ])
})
