import test, { type ExecutionContext } from 'ava'
import { SignJWT } from 'jose'
import { textServer } from '../../test/dps/sdk/text-server.ts'
import { clientCredentials, type ClientCredentials } from './client-credentials.ts'

interface Asked {
  readonly form: Readonly<Record<string, string>>
  readonly authorization: string | undefined
}

/** A token endpoint that gives what the test says; tokens are numbered. */
async function tokenServer(t: ExecutionContext, answer: (count: number) => unknown, status = 200) {
  const asked: Asked[] = []
  const tokenEndpoint = await textServer(t, async (request, text, response) => {
    const form = Object.fromEntries(new URLSearchParams(text))
    asked.push({ form, authorization: request.headers.authorization })
    const body = await answer(asked.length)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const source = (more: Partial<ClientCredentials> = {}) =>
    clientCredentials({ tokenEndpoint, clientId: 'dp', clientSecret: 's:cret&', ...more })
  return { asked, source }
}

const opaque = (count: number) => ({ access_token: `token-${count}`, token_type: 'Bearer', expires_in: 60 })

test('a token is fetched by form, as EDC does it, and kept until shortly before its end', async (t) => {
  let now = 1_000_000
  const { asked, source } = await tokenServer(t, opaque)
  const tokens = source({ scope: 'a b', audience: 'cp', resource: 'urn:cp', now: () => now })
  t.is(await tokens.header(), 'Bearer token-1')
  t.deepEqual(asked, [
    {
      form: {
        grant_type: 'client_credentials',
        client_id: 'dp',
        client_secret: 's:cret&',
        scope: 'a b',
        audience: 'cp',
        resource: 'urn:cp',
      },
      authorization: undefined,
    },
  ])
  now += 49_999
  t.is(await tokens.header(), 'Bearer token-1')
  now += 1
  t.is(await tokens.header(), 'Bearer token-2')
})

test('the secret can stand in the header', async (t) => {
  const { asked, source } = await tokenServer(t, opaque)
  await source({ secretIn: 'header' }).header()
  t.deepEqual(asked, [{ form: { grant_type: 'client_credentials' }, authorization: `Basic ${btoa('dp:s%3Acret%26')}` }])
})

test('requests of one moment share one fetch, once tokens are known to be shared', async (t) => {
  let now = 0
  const { asked, source } = await tokenServer(t, opaque)
  const tokens = source({ now: () => now })
  await tokens.header()
  now += 60_000
  t.deepEqual(
    new Set(await Promise.all([tokens.header(), tokens.header(), tokens.header()])),
    new Set(['Bearer token-2']),
  )
  t.is(asked.length, 2)
})

test('a token with a jti serves once: EDC 0.18 refuses it a second time', async (t) => {
  const { asked, source } = await tokenServer(t, async (count) => ({
    ...opaque(count),
    access_token: await new SignJWT({ jti: String(count) })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode('x'.repeat(32))),
  }))
  const tokens = source()
  const headers = [...(await Promise.all([tokens.header(), tokens.header()])), await tokens.header()]
  t.is(new Set(headers).size, 3)
  t.is(asked.length, 3)
})

test('each request its own token where that is wanted, or where nothing says how long one lasts', async (t) => {
  const { asked, source } = await tokenServer(t, opaque)
  const never = source({ reuse: 'never' })
  await never.header()
  await never.header()
  t.is(asked.length, 2)
  const endless = await tokenServer(t, (count) => ({ access_token: `token-${count}`, token_type: 'bearer' }))
  const tokens = endless.source()
  await tokens.header()
  t.is(await tokens.header(), 'Bearer token-2')
})

test('after a 401 the next request has a new token', async (t) => {
  const { source } = await tokenServer(t, opaque)
  const tokens = source()
  t.is(await tokens.header(), 'Bearer token-1')
  tokens.refused()
  t.is(await tokens.header(), 'Bearer token-2')
})

test('a failed fetch is told without secrets, and the next one is tried anew', async (t) => {
  const refusing = await tokenServer(t, () => ({ error: 'invalid_client', error_description: 's:cret& is wrong' }), 401)
  const error = await t.throwsAsync(refusing.source().header(), { message: /answered 401: invalid_client$/ })
  t.notRegex(error?.message ?? '', /cret/)
  for (const answer of ['<html>', { access_token: '' }, { access_token: 'x', token_type: 'mac' }]) {
    const { source } = await tokenServer(t, () => answer)
    await t.throwsAsync(source().header(), { message: /no bearer token/ })
  }
  let fails = true
  const { source } = await tokenServer(t, (count) => (fails ? '' : opaque(count)))
  const tokens = source()
  await t.throwsAsync(tokens.header())
  fails = false
  t.is(await tokens.header(), 'Bearer token-2')
})
