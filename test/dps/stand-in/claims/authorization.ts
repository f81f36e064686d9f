import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { httpServer } from '../../../support/http-server.ts'
import { readBody } from '../../../support/read-body.ts'
import type { Claim } from '../claim.ts'
import type { PairUnderTest } from '../pair-under-test.ts'
import { callBack, statusMessage } from '../recording-plane.ts'
import { type Begun, type Scene, scene, startsLater } from '../scene.ts'

/** A transfer whose provider's data plane registered with `oauth2_client_credentials`, and asks for tokens. */
interface Guarded extends Omit<Scene, 'start'>, Begun {
  /** What the token endpoint was sent, as forms. */
  readonly forms: readonly URLSearchParams[]
  /** Calls back with a token, to no effect; the status of the answer. */
  call(claims: JWTPayload, key?: CryptoKey): Promise<number>
}

async function guarded(t: ExecutionContext, pair: PairUnderTest): Promise<Guarded> {
  const forms: URLSearchParams[] = []
  const issuer = await httpServer(t, (request, response) => {
    const answer = async (): Promise<void> => {
      forms.push(new URLSearchParams((await readBody(request)).toString()))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: `token-${forms.length}`, token_type: 'bearer', expires_in: 300 }))
    }
    void answer()
  })
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }
  const it = await scene(t, pair)
  startsLater(it)
  const authorization = {
    type: 'oauth2_client_credentials',
    tokenEndpoint: `${issuer}/token`,
    clientId: 'control-plane',
    clientSecret: 'hush',
    jwks,
  }
  await pair.register('provider', it.providerPlane.registration([it.type], { authorization }))
  const begun = await it.start()
  await it.reaches('provider', begun.consumerId, 'STARTUP_REQUESTED')
  return {
    ...it,
    ...begun,
    forms,
    async call(claims, key = privateKey) {
      const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key)
      const headers = { authorization: `Bearer ${token}` }
      return callBack(begun.start, 'errored', statusMessage(begun.start.processId, 'STARTING'), headers)
    },
  }
}

/** Tokens, in both directions. */
export const authorization: readonly Claim[] = [
  {
    title: 'a control plane fetches a token by client credentials for every signal',
    async run(t, pair) {
      const { forms, start, providerPlane } = await guarded(t, pair)
      t.is(start.authorization, 'Bearer token-1')
      t.is(forms[0]?.get('grant_type'), 'client_credentials')
      t.is(forms[0]?.get('client_id'), 'control-plane')
      t.is(forms[0]?.get('client_secret'), 'hush')
      t.is(await pair.administer('provider', start.processId, 'terminate'), 204)
      t.is((await providerPlane.hears('terminate', start.processId)).authorization, 'Bearer token-2')
    },
  },
  {
    title: 'a callback needs a token of the data plane’s, with exp and sub, no iat to come and no jti used before',
    async run(t, pair) {
      const { start, providerPlane, call } = await guarded(t, pair)
      const now = Math.floor(Date.now() / 1000)
      const good = { sub: providerPlane.id, exp: now + 60, iat: now - 5 }
      t.is(await callBack(start, 'errored', statusMessage(start.processId, 'STARTING')), 401)
      t.is(await call({ ...good, sub: 'somebody else' }), 401)
      t.is(await call({ sub: providerPlane.id }), 401)
      t.is(await call({ exp: now + 60 }), 401)
      t.is(await call({ ...good, exp: now - 1 }), 401)
      t.is(await call({ ...good, iat: now + 60 }), 401)
      t.is(await call(good, (await generateKeyPair('ES256')).privateKey), 401)
      const jti = randomUUID()
      t.is(await call({ ...good, jti }), 200)
      t.is(await call({ ...good, jti }), 401)
      t.is(await call(good), 200)
      t.is(await call(good), 200)
    },
  },
  {
    title: 'another kind of authorization is accepted at registration and fails at the first signal',
    async run(t, pair) {
      const it = await scene(t, pair)
      const kind = { type: 'smoke signals' }
      await pair.register('provider', it.providerPlane.registration([it.type], { authorization: kind }))
      const consumerId = await pair.request({ assetId: it.assetId, transferType: it.type })
      const { reason } = await it.reaches('consumer', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /smoke signals not supported/)
      t.deepEqual(it.providerPlane.received, [])
    },
  },
]
