import test, { type ExecutionContext } from 'ava'
import { secrets, type Stage, startStage, textOfLog } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { audience, type OpenIdProvider, startOpenIdProvider } from './openid-provider.ts'
import { signedToken } from './sign-token.ts'
import { goodClaims, goodHeader, tokenCorpus } from './token-corpus.ts'

// Tokens of a real OpenID provider at the real admin API. Each request comes from an address of its own, as the proxy on this machine
// says, so that wrong tokens do not add up to too many.

let provider: OpenIdProvider
let stage: Stage
let addresses = 0

test.before(async () => {
  provider = await startOpenIdProvider()
  stage = await startStage(settings())
})
test.after.always(async () => {
  await stage.close()
  await provider.stop()
})

function settings(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    DSC_ADMIN_TOKEN: secrets.adminToken,
    DSC_TRUSTED_PROXIES: '127.0.0.1',
    DSC_OIDC_ISSUER: provider.issuer,
    DSC_OIDC_AUDIENCE: audience,
    ...more,
  }
}

function ask(token: string, path = '/api/v1/assets', method = 'GET', origin = stage.adminUrl) {
  addresses += 1
  const forwarded = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`
  return rawRequest(origin, path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'X-Forwarded-For': forwarded },
  })
}

function codeOf({ body }: { readonly body: string }): string {
  return (JSON.parse(body) as { readonly code: string }).code
}

function good(more: object = {}, alg: keyof OpenIdProvider['keys'] = 'ES256', head: object = {}): string {
  const { keys, issuer } = provider
  return signedToken({ ...goodHeader(keys, alg), ...head }, { ...goodClaims(issuer), ...more }, alg, keys[alg])
}

test.serial('a token that the provider gave opens what its role allows', async (t) => {
  const [reader, operator, admin] = await Promise.all(
    ['the-reader', 'the-operator', 'the-admin'].map((client) => provider.token(client)),
  )
  for (const [who, token, expected] of [
    ['reader', reader, [200, 403, 403]],
    ['operator', operator, [200, 404, 403]],
    ['admin', admin, [200, 404, 200]],
  ] as const) {
    const answers = [
      await ask(token ?? ''),
      await ask(token ?? '', '/api/v1/assets/nothing/pause', 'POST'),
      await ask(token ?? '', '/api/v1/keys'),
    ]
    t.deepEqual(
      answers.map(({ status }) => status),
      [...expected],
      who,
    )
  }
})

test.serial('a token without a role that is known here is told so', async (t) => {
  for (const client of ['somebody-else', 'nobody']) {
    const answer = await ask(await provider.token(client))
    t.is(answer.status, 403)
    t.is(codeOf(answer), 'forbidden')
  }
})

test.serial('what is right is taken, within what may differ', async (t) => {
  const now = Math.floor(Date.now() / 1_000)
  for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA'] as const) t.is((await ask(good({}, alg))).status, 200, alg)
  for (const [what, token] of [
    ['audience among others', good({ aud: ['other', audience] })],
    ['expired less than a minute ago', good({ exp: now - 50 })],
    ['valid in less than a minute', good({ nbf: now + 50, iat: now + 50 })],
    ['typ JWT', good({}, 'ES256', { typ: 'JWT' })],
    ['typ in full', good({}, 'ES256', { typ: 'application/at+jwt' })],
    ['no kid, where one key is possible', good({}, 'ES256', { kid: undefined })],
    ['a thumbprint', good({}, 'ES256', { x5t: 'AAAA' })],
    ['one role as text', good({ roles: 'other dsc-read' })],
  ] as const)
    t.is((await ask(token)).status, 200, what)
})

test.serial(
  'every bad token of the corpus is refused, and none makes the provider’s keys be fetched again and again',
  async (t) => {
    const corpus = tokenCorpus(provider)
    t.true(corpus.length >= 300, `${corpus.length} tokens`)
    t.is(new Set(corpus.map(({ name }) => name)).size, corpus.length, 'each has a name of its own')
    for (const { name, token } of corpus) {
      const answer = await ask(token)
      t.is(answer.status, 401, `${name}: ${answer.body}`)
      t.is(codeOf(answer), 'unauthorized', name)
      t.is(answer.headers['www-authenticate'], 'Bearer', name)
    }
    t.true(provider.keyRequests <= 2, `${provider.keyRequests} requests for keys`)
    t.is((await ask(good())).status, 200, 'a good one still passes')
    t.log(`${corpus.length} bad tokens were refused`)
  },
)

test.serial('a token is no result token, an API key none of the provider’s, and neither is logged', async (t) => {
  const token = await provider.token('the-admin')
  t.is((await ask(token, '/results/x', 'GET', stage.publicUrl)).status, 401)
  const text = textOfLog(stage.log)
  t.false(text.includes(token))
  t.false(text.includes(token.split('.')[2] ?? token))
})

test.serial('a provider that is away is 503 for its tokens, and nothing to other credentials', async (t) => {
  await provider.stop()
  const other = await startStage(settings())
  try {
    const answer = await ask(good(), '/api/v1/assets', 'GET', other.adminUrl)
    t.is(answer.status, 503)
    t.is(codeOf(answer), 'identity-provider-unreachable')
    t.truthy(answer.headers['retry-after'])
    t.is((await ask(secrets.adminToken, '/api/v1/assets', 'GET', other.adminUrl)).status, 200)
    t.is((await ask(good(), '/api/v1/assets')).status, 200, 'who has its keys needs it for no token')
    await provider.start()
    await eventually(
      'it is asked again',
      async () => {
        const { status } = await ask(good(), '/api/v1/assets', 'GET', other.adminUrl)
        return status === 200 ? { done: status } : { pending: String(status) }
      },
      { deadlineMs: 15_000 },
    )
    t.pass()
  } finally {
    await other.close()
  }
})

test.serial('an issuer whose discovery document is another’s is not believed', async (t: ExecutionContext) => {
  const other = await startStage(settings({ DSC_OIDC_ISSUER: provider.issuer.replace('127.0.0.1', 'localhost') }))
  try {
    const answer = await ask(good(), '/api/v1/assets', 'GET', other.adminUrl)
    t.is(codeOf(answer), 'identity-provider-unreachable')
  } finally {
    await other.close()
  }
})

test.serial('with a provider the admin API asks for credentials, also without DSC_ADMIN_TOKEN', async (t) => {
  const { DSC_ADMIN_TOKEN: _, ...without } = settings()
  const other = await startStage(without)
  try {
    t.is((await problemOf(await fetch(`${other.adminUrl}/api/v1/assets`))).code, 'unauthorized')
    t.is((await ask(good(), '/api/v1/assets', 'GET', other.adminUrl)).status, 200)
  } finally {
    await other.close()
  }
})
