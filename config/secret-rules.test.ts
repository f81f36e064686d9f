import { randomBytes } from 'node:crypto'
import test from 'ava'
import type { ConnectorSettings } from './connectors.ts'
import { loadSettings, SettingsError } from './load.ts'
import { problemsOfConnectors } from './secret-rules.ts'
import { isMadeOfKnownWords, isWellKnown } from './well-known-secret.ts'

const random = (): string => randomBytes(32).toString('hex')

const production = {
  DSC_TOKEN_KEY: random(),
  DSC_SIDECAR_IMAGE: 'registry.example/sidecar:1',
  S3_ENDPOINT: 'https://minio.example:9000',
  S3_ACCESS_KEY: 'service',
  S3_SECRET_KEY: random(),
}
const development = { ...production, DSC_DEVELOPMENT: 'true' }

const wellKnown = [
  'password',
  'Password1',
  'PASSWORD123',
  'changeme',
  'change-me',
  'ChangeMe!',
  'secret',
  'minioadmin',
  'rootpass123',
  'minio123',
  'admin',
  'admin123',
  'root',
  'test',
  'letmein',
  'qwerty',
  'default',
  'postgres',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'demo2024',
  'insecure',
]
/** Long enough, and nothing that anybody would have to guess for long. */
const guessable = [
  'changeme-changeme-changeme-changeme',
  'password-password-password-password-1',
  '0123456789abcdef0123456789abcdef',
  'fedcba9876543210fedcba9876543210fedc',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'minioadminminioadminminioadminminioadmin',
  'this-is-a-very-long-secret-key-please-change-me',
  'your-random-string-with-at-least-32-characters-here',
  'example-token-key-0123456789-abcdefghijklmnop',
  'deadbeefdeadbeefdeadbeefdeadbeef',
  'k3vQk3vQk3vQk3vQk3vQk3vQk3vQk3vQk3vQ',
  'dataspace-compute-admin-token-for-test-and-demo',
]

for (const value of wellKnown) {
  test(`${value} is well-known`, (t) => {
    t.true(isWellKnown(value))
    t.true(isMadeOfKnownWords(value))
  })
}
for (const value of guessable) test(`${value} can be guessed`, (t) => t.true(isMadeOfKnownWords(value)))

test('no random value is taken for one that can be guessed', (t) => {
  for (let round = 0; round < 5_000; round += 1)
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      const value = randomBytes(24).toString(form)
      t.false(isMadeOfKnownWords(value) || isWellKnown(value), value)
    }
})

for (const name of ['DSC_TOKEN_KEY', 'DSC_TOKEN_KEY_PREVIOUS', 'DSC_ADMIN_TOKEN']) {
  test(`${name}: short and guessable values are refused, those only outside of development`, (t) => {
    for (const value of ['short', 'a'.repeat(31), 'hunter2']) {
      const error = t.throws(() => loadSettings({ ...production, [name]: value }), { instanceOf: SettingsError })
      t.deepEqual(
        error.problems.map(({ where }) => where),
        [name],
      )
    }
    for (const value of guessable.filter((one) => new Set(one).size >= 8)) {
      const error = t.throws(() => loadSettings({ ...production, [name]: value }), { instanceOf: SettingsError })
      t.deepEqual(
        error.problems.map(({ where, message }) => `${where}: ${message.slice(0, 27)}`),
        [`${name}: this is made of known words`.slice(0, name.length + 29)],
      )
      t.false(error.message.includes(value))
      t.notThrows(() => loadSettings({ ...development, [name]: value }))
    }
    t.notThrows(() => loadSettings({ ...production, [name]: random() }))
  })
}

for (const name of ['S3_SECRET_KEY', 'S3_UPLOAD_SECRET_KEY']) {
  test(`${name}: well-known values are refused outside of development, short ones are not`, (t) => {
    for (const value of wellKnown) {
      const error = t.throws(() => loadSettings({ ...production, [name]: value }), { instanceOf: SettingsError })
      t.deepEqual(error.problems, [{ where: name, message: 'this is a well-known value; choose another' }])
      t.notThrows(() => loadSettings({ ...development, [name]: value }))
    }
    t.notThrows(() => loadSettings({ ...production, [name]: 'x7Kp2' }))
  })
}

test('one secret for two things is refused', (t) => {
  const value = random()
  for (const [name, of] of [
    ['DSC_ADMIN_TOKEN', 'DSC_TOKEN_KEY'],
    ['DSC_TOKEN_KEY_PREVIOUS', 'DSC_TOKEN_KEY'],
  ] as const) {
    const error = t.throws(() => loadSettings({ ...production, DSC_TOKEN_KEY: value, [name]: value }), {
      instanceOf: SettingsError,
    })
    t.deepEqual(error.problems, [{ where: name, message: `is the same as ${of}; each needs its own` }])
  }
})

test('a database’s well-known password is refused outside of development, and one that is missing where nothing else proves who calls', (t) => {
  const elsewhere = (user: string, more = ''): string =>
    `postgres://${user}@db.example/compute?sslmode=verify-full${more}`
  const bad = [
    ...wellKnown.map((value) => elsewhere(`compute:${encodeURIComponent(value)}`)),
    'postgres://compute:changeme@localhost/compute',
    'postgres:///compute?host=/run/postgresql&user=compute&password=changeme',
    elsewhere('billing:billing'),
    elsewhere('a:x7Kp2', '&password=changeme'),
    elsewhere('compute'),
    elsewhere('compute:'),
    elsewhere('compute', '&sslcert=/etc/c.crt'),
    'postgres://compute@db.compute.svc/compute?sslmode=disable',
  ]
  for (const value of bad) {
    const error = t.throws(() => loadSettings({ ...production, DSC_DATABASE_URL: value }), {
      instanceOf: SettingsError,
    })
    t.is(error?.problems.length, 1, value)
    t.is(error?.problems[0]?.where, 'DSC_DATABASE_URL')
    t.regex(error?.problems[0]?.message ?? '', /^(has a well-known password|has the user’s name|needs a password)/)
    t.notThrows(() => loadSettings({ ...development, DSC_DATABASE_URL: value }))
  }
  for (const value of [
    elsewhere('compute:x7Kp2'),
    elsewhere('compute', '&sslcert=/etc/c.crt&sslkey=/etc/c.key'),
    'postgres://compute@127.0.0.1/compute', // such as a proxy beside us that proves who we are
    'postgres:///compute?host=/run/postgresql', // the server knows our user
  ])
    t.notThrows(() => loadSettings({ ...production, DSC_DATABASE_URL: value }), value)
})

const connector: ConnectorSettings = {
  id: 'provider',
  dialect: 'http-provisioner',
  managementUrl: 'http://provider',
  callbackAddress: 'http://provider/callback',
  apiKey: 'k4Rr2',
  secret: random(),
}

function problems(...connectors: readonly ConnectorSettings[]): readonly string[] {
  const rules = { DSC_DEVELOPMENT: false }
  passesInDevelopment(connectors)
  return problemsOfConnectors(connectors, rules, 'c.yaml').map(
    ({ where, message }) => `${where}: ${message.slice(0, 20)}`,
  )
}

/** Whatever is wrong, in development it passes. */
function passesInDevelopment(connectors: readonly ConnectorSettings[]): void {
  if (problemsOfConnectors(connectors, { DSC_DEVELOPMENT: true }, 'c.yaml').length > 0)
    throw new Error('development asks for nothing')
}

test('a connector outside of development has a secret of its own and no well-known key', (t) => {
  const { secret: _, ...without } = connector
  t.deepEqual(problems(connector), [])
  t.deepEqual(problems({ ...connector, previousSecret: random() }), [])
  t.deepEqual(problems(without), ['c.yaml connectors[0].secret: is needed: without i'])
  t.deepEqual(problems(connector, { ...connector, id: 'other' }), ['c.yaml connectors[1].secret: is also the secret o'])
  for (const secret of guessable.filter((one) => /^[\w-]+$/.test(one)))
    t.deepEqual(problems({ ...connector, secret }), ['c.yaml connectors[0].secret: this is made of know'], secret)
  for (const apiKey of wellKnown)
    t.deepEqual(problems({ ...connector, apiKey }), ['c.yaml connectors[0].apiKey: this is a well-known'], apiKey)
})

test('client secrets of OAuth2 that everybody knows are refused outside of development', (t) => {
  const plane = (own: string, registered: string): ConnectorSettings => ({
    id: 'plane',
    dialect: 'data-plane-signaling',
    form: 'plain',
    dataPlaneId: 'compute',
    signalingUrl: 'http://cp/signaling',
    callbackAddresses: [],
    profiles: [],
    sourceTypes: [],
    labels: [],
    strict: false,
    secret: random(),
    tokens: { own: { tokenUrl: 'http://idp/token', clientId: 'compute', clientSecret: own } },
    registration: {
      url: 'http://cp/v4',
      everyMs: 60_000,
      authorization: { type: 'oauth2_client_credentials', clientId: 'edc', clientSecret: registered },
    },
  })
  t.deepEqual(problems(plane('x7Kp2', 'r9Lm4')), [])
  for (const value of wellKnown)
    t.deepEqual(problems(plane(value, value)), [
      'c.yaml connectors[0].tokens.clientSecret: this is a well-known',
      'c.yaml connectors[0].registeredTokens.clientSecret: this is a well-known',
    ])
})
