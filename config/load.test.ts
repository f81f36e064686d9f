import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { isLoopback, loadSettings, SettingsError } from './load.ts'
import { settingsSchema } from './settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

const tokenKey = '8c1f30e7d2ab946f5e03b7c2918d4a60'
const adminToken = '41d7c09be5a23f86907bd1e4c83a52f6'
/** The least that each kind of use needs. */
const development: Environment = { DSC_DEVELOPMENT: 'true', DSC_BACKEND: 'local', DSC_OBJECT_STORE: 'directory' }
const production: Environment = {
  DSC_TOKEN_KEY: tokenKey,
  DSC_SIDECAR_IMAGE: 'registry.example/sidecar:1',
  S3_ENDPOINT: 'https://minio.example:9000/',
  S3_ACCESS_KEY: 'service',
  S3_SECRET_KEY: 'a-secret-of-the-service',
}

/** The settings a load complains about, in their order. */
function complaints(t: ExecutionContext, environment: Environment, file?: string): readonly string[] {
  const error = t.throws(() => loadSettings(environment, file), { instanceOf: SettingsError })
  return error.problems.map(({ where }) => where)
}

test('in development hardly anything must be set', (t) => {
  t.like(loadSettings(development), {
    DSC_PUBLIC_HOST: '127.0.0.1',
    DSC_PUBLIC_PORT: 3000,
    DSC_PUBLIC_URL: undefined,
    DSC_ADMIN_HOST: '127.0.0.1',
    DSC_ADMIN_PORT: 3001,
    DSC_ADMIN_TOKEN: undefined,
    DSC_TOKEN_KEY: undefined,
    DSC_LOG_LEVEL: 'info',
    DSC_SHUTDOWN_TIMEOUT: 10_000,
    DSC_ALLOW_IMAGE_TAGS: false,
    DSC_INPUT_HOSTS: [],
    DSC_POLL_INTERVAL: 5_000,
    DSC_IDLE_POLL_INTERVAL: 30_000,
    DSC_UPLOAD_TIMEOUT: 21_600_000,
    DSC_CONCURRENCY: 16,
    S3_STS: true,
  })
})

test('in production, backend and store are real and what is theirs is set', (t) => {
  t.like(loadSettings(production), {
    DSC_BACKEND: 'kubernetes',
    DSC_OBJECT_STORE: 's3',
    S3_ENDPOINT: 'https://minio.example:9000',
  })
})

test('what is set is read', (t) => {
  const given = {
    DSC_PUBLIC_HOST: '0.0.0.0',
    DSC_PUBLIC_PORT: '0',
    DSC_PUBLIC_URL: 'https://compute.example/base//',
    DSC_ALLOW_IMAGE_TAGS: 'true',
    DSC_INPUT_HOSTS: ' data.internal , 10.0.0.1:8080,',
    DSC_TRUSTED_PROXIES: '10.0.0.7, fd00::/8',
    DSC_POLL_INTERVAL: '250ms',
    DSC_CONCURRENCY: '1',
    DSC_SIDECAR_CPU: '250m',
    S3_STS: 'false',
    S3_UPLOAD_ACCESS_KEY: 'uploader',
    S3_UPLOAD_SECRET_KEY: 'a-secret-of-the-uploader',
    HOME: '/root',
  }
  t.like(loadSettings({ ...production, ...given }), {
    DSC_PUBLIC_HOST: '0.0.0.0',
    DSC_PUBLIC_PORT: 0,
    DSC_PUBLIC_URL: 'https://compute.example/base',
    DSC_ALLOW_IMAGE_TAGS: true,
    DSC_INPUT_HOSTS: ['data.internal', '10.0.0.1:8080'],
    DSC_TRUSTED_PROXIES: ['10.0.0.7', 'fd00::/8'],
    DSC_POLL_INTERVAL: 250,
    DSC_CONCURRENCY: 1,
    DSC_SIDECAR_CPU: '250m',
    S3_STS: false,
    S3_UPLOAD_ACCESS_KEY: 'uploader',
  })
  t.false('HOME' in loadSettings(production))
})

test('settings cannot be changed afterwards', (t) => t.true(Object.isFrozen(loadSettings(development))))

test('the environment wins over the file, which fills the rest', (t) => {
  const file = 'DSC_PUBLIC_PORT=4000\nDSC_ADMIN_PORT=4001 # why\nDSC_LOG_LEVEL="warn"\n'
  t.like(loadSettings({ ...development, DSC_PUBLIC_PORT: '5000' }, file), {
    DSC_PUBLIC_PORT: 5000,
    DSC_ADMIN_PORT: 4001,
    DSC_LOG_LEVEL: 'warn',
  })
})

test('empty is the same as not set', (t) => {
  t.is(loadSettings({ ...development, DSC_PUBLIC_PORT: '', DSC_ADMIN_TOKEN: '' }).DSC_PUBLIC_PORT, 3000)
})

const wrong: readonly (readonly [name: string, value: string])[] = [
  ['DSC_PUBLIC_PORT', 'http'],
  ['DSC_PUBLIC_PORT', '65536'],
  ['DSC_PUBLIC_PORT', '-1'],
  ['DSC_PUBLIC_PORT', '80.5'],
  ['DSC_PUBLIC_PORT', ' '],
  ['DSC_PUBLIC_PORT', '0x50'],
  ['DSC_ADMIN_PORT', '1e3'],
  ['DSC_PUBLIC_URL', 'compute.example'],
  ['DSC_PUBLIC_URL', 'ftp://compute.example'],
  ['DSC_PUBLIC_URL', 'https://compute.example/results/x'],
  ['DSC_PUBLIC_URL', 'https://compute.example/?a=b'],
  ['DSC_TRUSTED_PROXIES', '10.0.0.0/8, proxy.example'],
  ['DSC_ASSETS_INTERVAL', '1ms'],
  ['DSC_SIDECAR_CA_CONFIGMAP', 'Our CA'],
  ['DSC_ADMIN_TOKEN', 'short'],
  ['DSC_ADMIN_TOKEN', 'a'.repeat(64)],
  ['DSC_TOKEN_KEY', 'changeme'],
  ['DSC_TOKEN_KEY', 'abababababababababababababababababab'],
  ['DSC_DEVELOPMENT', 'yes'],
  ['DSC_DEVELOPMENT', 'TRUE'],
  ['DSC_LOG_LEVEL', 'verbose'],
  ['DSC_SHUTDOWN_TIMEOUT', '10'],
  ['DSC_BACKEND', 'docker'],
  ['DSC_OBJECT_STORE', 'memory'],
  ['DSC_CONCURRENCY', '0'],
  ['DSC_CONCURRENCY', '257'],
  ['DSC_CONCURRENCY', ' '],
  ['DSC_PUSH_HOSTS', 'http://sink.internal'],
  ['DSC_PUSH_HOSTS', '10.0.0.0/33'],
  ['DSC_PUSH_CONCURRENCY', '0'],
  ['DSC_SIDECAR_CPU', 'half'],
  ['DSC_SIDECAR_PULL_POLICY', 'Sometimes'],
  ['S3_ENDPOINT', 'minio:9000'],
  ['DSC_OIDC_ISSUER', 'login.example'],
  ['DSC_OIDC_ALGORITHMS', 'HS256'],
  ['DSC_OIDC_ALGORITHMS', 'ES256,none'],
  ['DSC_OIDC_ROLES', 'root=everything'],
  ['S3_STS', '1'],
]
for (const [name, value] of wrong) {
  test(`${name}=${JSON.stringify(value).slice(0, 30)} is an error that names the setting, and never shows a secret`, (t) => {
    const error = t.throws(
      () => loadSettings({ ...development, ...production, DSC_OBJECT_STORE: 's3', [name]: value }),
      { instanceOf: SettingsError },
    )
    t.deepEqual([...new Set(error.problems.map(({ where }) => where))], [name])
    const secret = settingsSchema.shape[name as keyof typeof settingsSchema.shape].meta()?.['secret'] === true
    if (secret) t.false(error.message.includes(value))
  })
}

const contradictions: readonly (readonly [title: string, environment: Environment, where: readonly string[]])[] = [
  ['development on a public address', { ...development, DSC_PUBLIC_HOST: '192.168.0.1' }, ['DSC_DEVELOPMENT']],
  [
    'development with the admin listener elsewhere',
    { ...development, DSC_ADMIN_HOST: '10.0.0.1', DSC_ADMIN_TOKEN: adminToken },
    ['DSC_DEVELOPMENT'],
  ],
  ['an admin listener off loopback without a token', { ...production, DSC_ADMIN_HOST: '0.0.0.0' }, ['DSC_ADMIN_TOKEN']],
  [
    'every interface without an address to be called at',
    { ...production, DSC_PUBLIC_HOST: '0.0.0.0' },
    ['DSC_PUBLIC_URL'],
  ],
  [
    'an OpenID provider without https',
    { ...production, DSC_OIDC_ISSUER: 'http://login.example', DSC_OIDC_AUDIENCE: 'compute' },
    ['DSC_OIDC_ISSUER'],
  ],
  ['an OpenID provider without an audience', { ...production, DSC_OIDC_ISSUER: 'https://a' }, ['DSC_OIDC_AUDIENCE']],
  ['an audience without an OpenID provider', { ...production, DSC_OIDC_AUDIENCE: 'a' }, ['DSC_OIDC_ISSUER']],
  [
    'a previous key without the one that follows it',
    { ...production, DSC_TOKEN_KEY: undefined, DSC_TOKEN_KEY_PREVIOUS: tokenKey },
    ['DSC_TOKEN_KEY'],
  ],
  ['no key outside development', { ...production, DSC_TOKEN_KEY: undefined }, ['DSC_TOKEN_KEY']],
  ['the local backend outside development', { ...production, DSC_BACKEND: 'local' }, ['DSC_BACKEND']],
  ['no sidecar image on Kubernetes', { ...production, DSC_SIDECAR_IMAGE: undefined }, ['DSC_SIDECAR_IMAGE']],
  ['a directory that pods cannot reach', { ...production, DSC_OBJECT_STORE: 'directory' }, ['DSC_OBJECT_STORE']],
  [
    'an S3 store without its address and keys',
    { ...production, S3_ENDPOINT: undefined, S3_ACCESS_KEY: undefined, S3_SECRET_KEY: undefined },
    ['S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'],
  ],
  ['no STS and no upload user', { ...production, S3_STS: 'false' }, ['S3_UPLOAD_ACCESS_KEY', 'S3_UPLOAD_SECRET_KEY']],
  [
    'our own key as the upload user',
    {
      ...production,
      S3_STS: 'false',
      S3_UPLOAD_ACCESS_KEY: 'service',
      S3_UPLOAD_SECRET_KEY: 'a-secret-of-the-service',
    },
    ['S3_UPLOAD_ACCESS_KEY'],
  ],
  ['a setting that is not there', { ...production, DSC_PUBIC_PORT: '1' }, ['DSC_PUBIC_PORT']],
  ['a file for a setting that is no secret', { ...production, DSC_PUBLIC_PORT_FILE: '/x' }, ['DSC_PUBLIC_PORT_FILE']],
]
for (const [title, environment, where] of contradictions) {
  test(`refuses ${title}`, (t) => t.deepEqual(complaints(t, environment), where))
}

test('an admin listener off loopback may have an OpenID provider in place of a token', (t) => {
  const openId = { DSC_OIDC_ISSUER: 'https://login.example/', DSC_OIDC_AUDIENCE: 'compute' }
  const settings = loadSettings({ ...production, ...openId, DSC_ADMIN_HOST: '0.0.0.0' })
  t.is(settings.DSC_OIDC_ISSUER, 'https://login.example/', 'as it stands in tokens, to the slash')
})

test('the local backend outside development is allowed where that is said', (t) => {
  const environment = { ...production, DSC_BACKEND: 'local', DSC_LOCAL_BEYOND_LOOPBACK: 'true' }
  t.is(loadSettings(environment).DSC_BACKEND, 'local')
  t.deepEqual(complaints(t, { ...environment, DSC_TOKEN_KEY: undefined }), ['DSC_TOKEN_KEY'])
})

test('a setting of the file that is not there is refused as well', (t) => {
  t.deepEqual(complaints(t, development, 'DSC_PUBIC_PORT=1'), ['DSC_PUBIC_PORT'])
})

test('everything that is wrong is told at once: values, spelling and contradictions', (t) => {
  const environment = {
    ...production,
    DSC_CONCURRENCY: '0',
    DSC_PUBIC_PORT: '1',
    DSC_ADMIN_HOST: '0.0.0.0',
    S3_STS: 'false',
  }
  t.deepEqual(complaints(t, environment).toSorted(), [
    'DSC_ADMIN_TOKEN',
    'DSC_CONCURRENCY',
    'DSC_PUBIC_PORT',
    'S3_UPLOAD_ACCESS_KEY',
    'S3_UPLOAD_SECRET_KEY',
  ])
})

test('the message of the error names every setting on a line', (t) => {
  const error = t.throws(() => loadSettings({ ...production, DSC_TOKEN_KEY: undefined, DSC_OBJECT_STORE: 'directory' }))
  t.is(error.message.split('\n').length, 3)
  t.regex(error.message, /^ {2}DSC_TOKEN_KEY: is needed, for example from: openssl rand -hex 32$/m)
})

test('a secret may lie in a file; the line’s end is not part of it', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'key'), `${tokenKey}\n`)
  const settings = loadSettings({ ...production, DSC_TOKEN_KEY: '', DSC_TOKEN_KEY_FILE: join(folder, 'key') })
  t.is(settings.DSC_TOKEN_KEY, tokenKey)
})

test('a secret given twice, a file that is missing, and one that is empty are errors', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'key'), tokenKey)
  await writeFile(join(folder, 'empty'), '\n')
  t.deepEqual(complaints(t, { ...production, DSC_TOKEN_KEY_FILE: join(folder, 'key') }), ['DSC_TOKEN_KEY'])
  t.true(
    complaints(t, { ...production, DSC_TOKEN_KEY: '', DSC_TOKEN_KEY_FILE: join(folder, 'missing') }).includes(
      'DSC_TOKEN_KEY_FILE',
    ),
  )
  t.deepEqual(complaints(t, { ...development, DSC_TOKEN_KEY_FILE: join(folder, 'empty') }), ['DSC_TOKEN_KEY_FILE'])
})

test('every secret among the settings may lie in a file', async (t) => {
  const folder = await temporaryFolder(t)
  const secrets = Object.entries(settingsSchema.shape).filter(([, schema]) => schema.meta()?.['secret'] === true)
  t.true(secrets.length >= 6)
  for (const [name] of secrets) {
    const text = 'kq7Zr2Vx9LmT4wNpB8sYhD3fJc6GaEuX'
    const value = name === 'DSC_DATABASE_URL' ? `postgres://service:${text}@localhost:5432/compute` : text
    await writeFile(join(folder, name), value)
    const settings = loadSettings({ ...production, [name]: undefined, [`${name}_FILE`]: join(folder, name) })
    t.is(settings[name as keyof typeof settings], value, name)
  }
})

for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
  test(`${host} is loopback`, (t) => t.true(isLoopback(host)))
}
for (const host of [
  '',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '1270.0.0.1',
  '127.0.0.1.example.org',
  '127.evil.example',
  '127.1',
  'localhost.example.org',
  'example.org',
  '::2',
  '::ffff:10.0.0.1',
  '127.0.0.1:80',
]) {
  test(`${JSON.stringify(host)} is not known to be loopback`, (t) => t.false(isLoopback(host)))
}
test('no other name or address is loopback', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.domain(),
        fc.ipV4().filter((ip) => !ip.startsWith('127.')),
        fc.ipV6().filter((ip) => !/^[0:]*1$/.test(ip)),
      ),
      (host) => t.false(isLoopback(host)),
    ),
  )
})
