import test from 'ava'
import { ServiceError } from '../../core/errors.ts'
import { providerKeys } from '../../entrypoint/access/oidc/key-set.ts'
import { httpServer } from '../support/http-server.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { startOpenIdProvider } from './openid-provider.ts'

const away = { instanceOf: ServiceError, code: 'identity-provider-unreachable' }
const minute = 60_000

test('keys are fetched once for many, and again when they are old', async (t) => {
  const provider = await startOpenIdProvider()
  t.teardown(() => provider.stop())
  let now = 0
  const keys = providerKeys(provider.issuer, { now: () => now }, recordingLogger())
  const many = await Promise.all(Array.from({ length: 20 }, () => keys.current()))
  const [known] = many
  t.is(new Set(many).size, 1)
  t.is(provider.keyRequests, 1)
  now = 9 * minute
  t.true((await keys.current()) === known)
  now = 11 * minute
  t.false((await keys.current()) === known)
  t.is(provider.keyRequests, 2)
})

test('an unknown key has them fetched again, at most every half a minute', async (t) => {
  const provider = await startOpenIdProvider()
  t.teardown(() => provider.stop())
  let now = 0
  const keys = providerKeys(provider.issuer, { now: () => now }, recordingLogger())
  const first = await keys.current()
  await provider.rotate()
  t.is(await keys.newer(first), undefined)
  now = 31_000
  const second = await keys.newer(first)
  t.deepEqual(
    second?.keys.map(({ kid }) => kid).toSorted(),
    ['second-ES256', 'second-EdDSA', 'second-PS256', 'second-RS256'].toSorted(),
  )
  t.is(await keys.newer(first), second, 'somebody else has fetched them')
  for (let one = 0; one < 50; one += 1) t.is(await keys.newer(second ?? first), undefined)
  t.is(provider.keyRequests, 2)
})

test('where the provider is away, old keys serve for an hour, and it is not asked all the time', async (t) => {
  const provider = await startOpenIdProvider()
  t.teardown(() => provider.stop())
  let now = 0
  const logger = recordingLogger()
  const keys = providerKeys(provider.issuer, { now: () => now }, logger)
  const known = await keys.current()
  await provider.stop()
  now = 20 * minute
  for (let one = 0; one < 20; one += 1) t.is(await keys.current(), known)
  t.is(logger.lines.length, 1, 'one try')
  await t.throwsAsync(keys.newer(known), away)
  now = 61 * minute
  await t.throwsAsync(keys.current(), away)
  await provider.start()
  now = 61 * minute + 6_000
  t.truthy((await keys.current()).keys.length)
})

const strange: Readonly<Record<string, (issuer: string) => Readonly<Record<string, string | number>>>> = {
  'a document of another issuer': () => ({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' }),
  'a document of the same issuer with a slash': (issuer) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }),
  'keys elsewhere without https': (issuer) => ({ issuer, jwks_uri: 'http://192.0.2.1/jwks' }),
  'keys in a file': (issuer) => ({ issuer, jwks_uri: 'file:///etc/passwd' }),
  'no address of keys': (issuer) => ({ issuer }),
  'an address of keys that is none': (issuer) => ({ issuer, jwks_uri: 7 }),
  'too large a document': (issuer) => ({ issuer, jwks_uri: `${issuer}/jwks`, padding: 'x'.repeat(300_000) }),
}
for (const [name, document] of Object.entries(strange)) {
  test(`${name} is no provider`, async (t) => {
    const asked: string[] = []
    const url: string = await httpServer(t, (request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(request.url === '/jwks' ? { keys: [] } : document(url)))
    })
    await t.throwsAsync(providerKeys(url, { now: () => 0 }, recordingLogger()).current(), away)
    t.deepEqual(asked, ['/.well-known/openid-configuration'])
  })
}

test('a redirect is not followed', async (t) => {
  const elsewhere: string[] = []
  const other = await httpServer(t, (request, response) => {
    elsewhere.push(request.url ?? '')
    response.end('{}')
  })
  const url = await httpServer(t, (_, response) => response.writeHead(302, { Location: other }).end())
  await t.throwsAsync(providerKeys(url, { now: () => 0 }, recordingLogger()).current(), away)
  t.deepEqual(elsewhere, [])
})

test('a provider that hangs is given up after five seconds', async (t) => {
  const url = await httpServer(t, (_, response) => response.writeHead(200).write('{'))
  const begin = performance.now()
  await t.throwsAsync(providerKeys(url, { now: () => 0 }, recordingLogger()).current(), away)
  t.true(performance.now() - begin < 60_000)
})
