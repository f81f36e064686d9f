import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { loadConnectors } from './connectors.ts'
import { SettingsError } from './load.ts'
import { problemsOfConnectors } from './secret-rules.ts'
import type { SignalingSettings } from './signaling.ts'

const secret = 'kX3-9dQ_7mZpL2vR8tYwB5nC1sHfJ6gA'

async function load(
  t: ExecutionContext,
  entry: string,
  files: Readonly<Record<string, string>> = {},
): Promise<SignalingSettings> {
  const folder = await temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const path = join(folder, 'connectors.yaml')
  await writeFile(path, `connectors: [{id: a, dialect: data-plane-signaling, ${entry}}]`)
  const [settings] = loadConnectors(path)
  if (settings?.dialect !== 'data-plane-signaling') throw new Error('it has another dialect')
  return settings
}

test('little is needed: where callbacks go', async (t) => {
  t.deepEqual(await load(t, 'signalingUrl: "http://cp:19182/api/signaling/"'), {
    id: 'a',
    dialect: 'data-plane-signaling',
    form: 'plain',
    dataPlaneId: 'dataspace-compute',
    signalingUrl: 'http://cp:19182/api/signaling',
    callbackAddresses: [],
    profiles: [{ name: 'Compute-PULL' }, { name: 'Compute-PUSH' }],
    sourceTypes: ['ComputeAsset'],
    labels: [],
    tokens: {},
    strict: false,
  })
})

test('everything there is to say is read, secrets from files', async (t) => {
  const settings = await load(
    t,
    `dataPlaneId: compute, signalingUrl: http://cp/s, managementUrl: http://cp/m, apiKeyFile: key, labels: [gold],
     callbackAddresses: [http://localhost/s/], transferTypes: [X-PULL, {name: Y-PULL, start: sync}], registrationInterval: 5m,
     tokens: {tokenUrl: http://idp/t, clientId: us, clientSecretFile: own, issuer: cp, jwksUrl: http://idp/k, subject: cp},
     registeredTokens: {tokenEndpoint: http://idp/t, clientId: cp, clientSecretFile: theirs, jwksUri: http://idp/k},
     secretFile: path, endpointType: Custom, strict: true, dataPlaneUrl: http://us/dp/`,
    { key: 'management-key', own: 'own-secret', theirs: 'their-secret', path: secret },
  )
  t.like(settings, {
    management: { url: 'http://cp/m', version: 'v4', apiKey: 'management-key' },
    profiles: [{ name: 'X-PULL' }, { name: 'Y-PULL', start: 'sync' }],
    callbackAddresses: ['http://localhost/s'],
    dataPlaneUrl: 'http://us/dp',
    endpointType: 'Custom',
    secret,
    strict: true,
  })
  t.like(settings.tokens.own, { tokenUrl: 'http://idp/t', clientId: 'us', clientSecret: 'own-secret' })
  t.like(settings.tokens.theirs, { issuer: 'cp', jwksUrl: 'http://idp/k', subject: 'cp' })
  t.is(settings.registration?.url, 'http://cp/m/v4')
  t.is(settings.registration?.everyMs, 300_000)
  t.is(settings.registration?.authorization?.['clientSecret'], 'their-secret')
  for (const shown of [JSON.stringify(settings), inspect(settings, { depth: 9 })])
    for (const hidden of ['management-key', 'own-secret', 'their-secret', secret])
      t.false(shown.includes(hidden), hidden)
})

test('the older form registers at the control API, and starts at once', async (t) => {
  const settings = await load(
    t,
    'form: json-ld, signalingUrl: http://cp/control, managementUrl: http://cp/m, apiKey: k',
  )
  t.like(settings, { registration: { url: 'http://cp/control/v1' }, management: { version: 'v3' } })
  t.deepEqual(
    settings.profiles.map(({ name, start }) => `${name} ${start}`),
    ['HttpData-PULL sync', 'HttpData-PUSH sync', 'AmazonS3-PUSH sync'],
  )
})

test('somebody else may register it', async (t) => {
  const entry = 'signalingUrl: http://cp/s, managementUrl: http://cp/m, apiKey: k, register: false'
  t.is((await load(t, entry)).registration, undefined)
})

const good = 'signalingUrl: http://cp/s'
const wrong: readonly (readonly [title: string, entry: string, problem: RegExp])[] = [
  ['no address', '', /signalingUrl: is missing/],
  ['an unknown field', `${good}, key: x`, /\.key: there is no such field/],
  ['a key without its API', `${good}, apiKey: k`, /\.apiKey: expected either apiKey or apiKeyFile, with managementUrl/],
  ['an API without its key', `${good}, managementUrl: http://cp/m`, /\.apiKey: expected either/],
  ['a name that says neither pull nor push', `${good}, transferTypes: [Compute]`, /\.transferTypes: expected names/],
  ['no names', `${good}, transferTypes: []`, /\.transferTypes: is empty/],
  [
    'an asynchronous start in the older form',
    `${good}, form: json-ld, transferTypes: [{name: X-PULL, start: async}]`,
    /\.transferTypes: there is no asynchronous start/,
  ],
  ['tokens without a client', `${good}, tokens: {tokenUrl: http://idp}`, /\.tokens\.tokenUrl: goes with clientId/],
  [
    'a client without a secret',
    `${good}, tokens: {tokenUrl: http://idp, clientId: a}`,
    /\.tokens\.clientSecret: expected either/,
  ],
  ['an issuer without keys', `${good}, tokens: {issuer: a}`, /\.tokens\.issuer: goes with jwksUrl/],
  ['an empty secret file', `${good}, secretFile: empty`, /\.secretFile: the file empty holds no secret/],
  [
    'a key file that is missing',
    `${good}, managementUrl: http://a, apiKeyFile: no`,
    /\.apiKeyFile: the file .* no such/,
  ],
  ['a duration without a unit', `${good}, registrationInterval: "60"`, /\.registrationInterval: expected a duration/],
]
for (const [title, entry, problem] of wrong) {
  test(`refuses ${title}`, async (t) => {
    const error = await t.throwsAsync(load(t, entry, { empty: '' }), { instanceOf: SettingsError })
    const told = error.problems.map(({ where, message }) => `${where}: ${message}`)
    t.true(
      told.some((one) => problem.test(one)),
      told.join('\n'),
    )
  })
}

test('outside of development a control plane proves itself by the path or by tokens', async (t) => {
  const rules = { DSC_DEVELOPMENT: false }
  const told = async (more: string): Promise<readonly string[]> =>
    problemsOfConnectors([await load(t, `${good}${more}`)], rules, 'c.yaml').map(({ where }) => where)
  t.deepEqual(await told(''), ['c.yaml connectors[0].secret'])
  t.deepEqual(await told(`, secret: ${secret}`), [])
  t.deepEqual(await told(', tokens: {issuer: cp, jwksUrl: http://idp/k}'), [])
  t.deepEqual(await told(`, secret: ${secret}, managementUrl: http://cp/m, apiKey: password`), [
    'c.yaml connectors[0].apiKey',
  ])
})
