import test, { type ExecutionContext } from 'ava'
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose'
import { httpServer } from '../../test/support/http-server.ts'
import { DataPlaneError } from '../data-plane.ts'
import { anyCaller, checkCaller, type TokenRules } from './check-caller.ts'
import { ownTokens } from './own-tokens.ts'

const seconds = 1_800_000_000
const now = () => seconds * 1_000

async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } }
}

const good = await keyPair('good')
const other = await keyPair('other')
const keys: JSONWebKeySet = { keys: [good.jwk] }
const trusted = { controlPlaneId: 'cp', issuer: 'https://cp.example', keys }

function checking(more: Partial<TokenRules> = {}) {
  const check = checkCaller({
    controlPlane: (subject) => (subject === 'cp' ? trusted : undefined),
    audience: 'dp',
    now,
    ...more,
  })
  return (authorization: string | undefined) =>
    check({ method: 'POST', path: '/x', body: undefined, headers: { authorization } })
}

const claims = { iss: 'https://cp.example', sub: 'cp', aud: 'dp', iat: seconds - 1, exp: seconds + 60 }

async function token(more: JWTPayload = {}, pair = good, header: Record<string, unknown> = {}): Promise<string> {
  const signed = await new SignJWT({ ...claims, ...more })
    .setProtectedHeader({ alg: 'ES256', kid: pair.jwk.kid, ...header })
    .sign(pair.privateKey)
  return `Bearer ${signed}`
}

async function refused(t: ExecutionContext, call: Promise<unknown>, said: RegExp): Promise<void> {
  const error = await t.throwsAsync(call, { instanceOf: DataPlaneError, code: 'unauthenticated', message: said })
  t.is(error?.status, 401)
}

test('a token as the specification wants it says which control plane calls', async (t) => {
  t.deepEqual(await checking()(await token()), { controlPlaneId: 'cp' })
  t.deepEqual(await checking()(await token({ aud: ['somebody', 'dp'] })), { controlPlaneId: 'cp' })
})

test('what a data plane signs itself is such a token', async (t) => {
  const tokens = ownTokens({
    key: good.privateKey,
    algorithm: 'ES256',
    keyId: 'good',
    issuer: 'https://cp.example',
    subject: 'cp',
    audience: 'dp',
    now,
  })
  const check = checking({ refuseReplays: true })
  for (let calls = 0; calls < 3; calls++) t.deepEqual(await check(await tokens.header()), { controlPlaneId: 'cp' })
})

for (const [what, more, said] of [
  ['another issuer', { iss: 'https://evil.example' }, /claim iss/],
  ['no issuer', { iss: undefined }, /claim iss/],
  ['a subject that is not known', { sub: 'somebody' }, /no control plane/],
  ['no subject', { sub: undefined }, /no control plane/],
  ['another receiver', { aud: 'another-dp' }, /claim aud/],
  ['no receiver', { aud: undefined }, /claim aud/],
  ['an end that is past', { exp: seconds - 6 }, /expired/],
  ['no end', { exp: undefined }, /claim exp/],
  ['an iat in the future', { iat: seconds + 6 }, /in the future/],
  ['no iat', { iat: undefined }, /claim iat/],
  ['a beginning in the future', { nbf: seconds + 60 }, /claim nbf/],
] as const)
  test(`refused: ${what}`, async (t) => {
    await refused(t, checking()(await token(more as JWTPayload)), said)
  })

test('clocks may be five seconds apart', async (t) => {
  await t.notThrowsAsync(checking()(await token({ exp: seconds - 4 })))
  await t.notThrowsAsync(checking()(await token({ iat: seconds + 5 })))
  await refused(t, checking({ tolerance: 0 })(await token({ exp: seconds - 1 })), /expired/)
})

test('refused: another key, no signature, a shared secret, no token at all', async (t) => {
  const check = checking()
  await refused(t, check(await token({}, other)), /signature/)
  await refused(t, check(await token({}, other, { kid: 'good' })), /signature/)
  const parts = (await token()).split('.')
  await refused(t, check(`${parts[0]}.${parts[1]}.`), /signature/)
  const unsigned = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  await refused(t, check(`Bearer ${unsigned.join('.')}.`), /signature/)
  const shared = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'good' })
    .sign(new TextEncoder().encode(JSON.stringify(good.jwk)))
  await refused(t, check(`Bearer ${shared}`), /signature/)
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'dummy'])
    await refused(t, check(header), /expected one header/)
  await refused(t, check('Bearer opaque'), /no JSON Web Token/)
})

test('RC2 knows no aud: without one of our own it is not looked at', async (t) => {
  const check = checking({ audience: undefined })
  await t.notThrowsAsync(check(await token({ aud: undefined } as unknown as JWTPayload)))
  await t.notThrowsAsync(check(await token({ aud: 'anything' })))
})

test('an authorization server may have its own name for a control plane', async (t) => {
  const check = checking({ controlPlane: (subject) => (subject === 'client-7' ? trusted : undefined) })
  t.deepEqual(await check(await token({ sub: 'client-7' })), { controlPlaneId: 'cp' })
})

test('a token that came before: taken, or refused where that is wanted', async (t) => {
  const used = await token({ jti: 'one' })
  const lax = checking()
  await lax(used)
  await t.notThrowsAsync(lax(used))
  const strict = checking({ refuseReplays: true })
  await strict(used)
  await refused(t, strict(used), /used before/)
  await t.notThrowsAsync(strict(await token({ jti: 'two' })))
  await t.notThrowsAsync(strict(await token()), 'without a jti it cannot be told')
})

test('what is remembered of tokens is forgotten when they have ended', async (t) => {
  let at = seconds
  const strict = checking({ refuseReplays: true, now: () => at * 1_000 })
  const first = await token({ jti: 'first', exp: seconds + 10 })
  await strict(first)
  at += 100
  const later = { iat: at, exp: at + 60 }
  for (let count = 0; count < 1_000; count++) await strict(await token({ ...later, jti: `t-${count}` }))
  await refused(t, strict(await token({ ...later, jti: 't-0' })), /used before/)
  t.deepEqual(await strict(await token({ ...later, jti: 'first' })), { controlPlaneId: 'cp' })
})

test('keys behind an address: fetched once, again for a new key, and 503 while they cannot be had', async (t) => {
  let served: JSONWebKeySet | undefined = keys
  let requests = 0
  const url = await httpServer(t, (_, response) => {
    requests += 1
    if (served === undefined) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(served))
  })
  const remote = { ...trusted, keys: new URL(`${url}/jwks`) }
  const check = checking({ controlPlane: () => remote })
  await check(await token())
  await check(await token())
  t.is(requests, 1)
  served = undefined
  const away = checking({ controlPlane: () => remote })
  const error = await t.throwsAsync(away(await token()), { instanceOf: DataPlaneError, code: 'keys-unreachable' })
  t.is(error?.status, 503)
})

test('without authentication everybody is the one control plane', async (t) => {
  t.deepEqual(await anyCaller('cp')(), { controlPlaneId: 'cp' })
})
