import test from 'ava'
import { exportJWK, generateKeyPair } from 'jose'
import { checkCaller } from '../../../dps/auth/check-caller.ts'
import { clientCredentials } from '../../../dps/auth/client-credentials.ts'
import { ownTokens } from '../../../dps/auth/own-tokens.ts'
import { controlPlane } from '../../../dps/client/control-plane.ts'
import { memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { keepFlows } from '../../../dps/flow/keep-flows.ts'
import { pairFor } from '../stand-in/pair.ts'
import { issuerFor } from './issuer.ts'
import { serve } from './serve.ts'

const id = 'provider-data-plane'
const dataAddress = { endpointType: 'HttpData', endpoint: 'http://p.example/result', properties: {} }

/** A pair whose provider and its data plane prove themselves to each other with tokens of one authorization server. */
async function authenticatedPair(t: Parameters<typeof pairFor>[0], jwks?: Record<string, unknown>) {
  const pair = await pairFor(t)
  const issuer = await issuerFor(t, { 'the-control-plane': id, [id]: 'the-control-plane' })
  const trusted = { controlPlaneId: 'the-control-plane', issuer: issuer.url, keys: new URL(issuer.jwksUri) }
  const flows = keepFlows(
    { start: async ({ processId: flowId }) => ({ flowId, state: 'STARTING' }) },
    { store: memoryFlowStore() },
  )
  const served = await serve(t, flows, pair.provider, 'Sure-PULL', {
    authenticate: checkCaller({
      controlPlane: (subject) => (subject === 'the-control-plane' ? trusted : undefined),
      audience: id,
      refuseReplays: true,
    }),
    authorization: {
      type: 'oauth2_client_credentials',
      tokenEndpoint: issuer.tokenEndpoint,
      clientId: 'the-control-plane',
      clientSecret: issuer.clientSecret,
      ...(jwks === undefined ? { jwksUri: issuer.jwksUri } : { jwks }),
    },
  })
  const consumer = keepFlows(
    { prepare: async ({ processId: flowId }) => ({ flowId, state: 'PREPARED' }) },
    { store: memoryFlowStore() },
  )
  await serve(t, consumer, pair.consumer, 'Sure-PULL')
  pair.provider.offer({ assetId: 'a' })
  const { providerId } = pair.request({ assetId: 'a', transferType: 'Sure-PULL' })
  const processId = await providerId()
  await pair.provider.reaches(processId, 'STARTUP_REQUESTED')
  return { pair, issuer, served, processId }
}

test('both sides prove themselves by client credentials; each notice has a token of its own', async (t) => {
  const { pair, issuer, served, processId } = await authenticatedPair(t)
  const authorization = clientCredentials({
    tokenEndpoint: issuer.tokenEndpoint,
    clientId: id,
    clientSecret: issuer.clientSecret,
  })
  const at = controlPlane({ address: pair.provider.signalingUrl, authorization })
  const status = { flowId: processId, state: 'STARTING', error: 'slow today' } as const
  t.deepEqual(await at.tell('errored', processId, status), { outcome: 'taken' })
  t.deepEqual(await at.tell('errored', processId, status), { outcome: 'taken' })
  t.deepEqual(await at.tell('started', processId, { flowId: processId, state: 'STARTED', dataAddress }), {
    outcome: 'taken',
  })
  await pair.provider.reaches(processId, 'STARTED')
  const tokens = pair.provider.ledger.callbacksOf(processId).map(({ authorization: header }) => header)
  t.is(new Set(tokens).size, 3)
  t.deepEqual(served.errors, [])
})

test('a notice without a token, or with that of another, is put off with 401', async (t) => {
  const { pair, issuer, processId } = await authenticatedPair(t)
  const status = { flowId: processId, state: 'STARTED', dataAddress } as const
  const address = pair.provider.signalingUrl
  t.like(await controlPlane({ address }).tell('started', processId, status), { outcome: 'later', status: 401 })
  const other = clientCredentials({
    tokenEndpoint: issuer.tokenEndpoint,
    clientId: 'the-control-plane',
    clientSecret: issuer.clientSecret,
  })
  t.like(await controlPlane({ address, authorization: other }).tell('started', processId, status), {
    outcome: 'later',
    status: 401,
  })
  const wrong = clientCredentials({ tokenEndpoint: issuer.tokenEndpoint, clientId: id, clientSecret: 'guessed' })
  const outcome = await controlPlane({ address, authorization: wrong }).tell('started', processId, status)
  t.like(outcome, { outcome: 'later' })
  t.regex('reason' in outcome ? outcome.reason : '', /no token for the request: .*invalid_client/)
})

test('a data plane can sign for itself, with a key that its registration names', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'mine', alg: 'ES256', use: 'sig' }
  const { pair, processId } = await authenticatedPair(t, { keys: [jwk] })
  const signing = { algorithm: 'ES256', keyId: 'mine', issuer: id, subject: id, audience: 'the-control-plane' }
  const address = pair.provider.signalingUrl
  const forged = await generateKeyPair('ES256')
  const status = { flowId: processId, state: 'STARTED', dataAddress } as const
  const wrong = ownTokens({ ...signing, key: forged.privateKey })
  t.like(await controlPlane({ address, authorization: wrong }).tell('started', processId, status), { status: 401 })
  const right = ownTokens({ ...signing, key: privateKey })
  t.deepEqual(await controlPlane({ address, authorization: right }).tell('started', processId, status), {
    outcome: 'taken',
  })
})

test('a caller without a token of the control plane is refused', async (t) => {
  const { issuer, served, processId } = await authenticatedPair(t)
  const terminate = async (authorization?: string) => {
    const response = await fetch(`${served.url}/dataflows/${processId}/terminate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body: '{}',
    })
    return response.status
  }
  const tokenOf = (clientId: string) =>
    clientCredentials({ tokenEndpoint: issuer.tokenEndpoint, clientId, clientSecret: issuer.clientSecret }).header()
  t.is(await terminate(), 401)
  t.is(await terminate('dummy-authorization'), 401)
  t.is(await terminate(await tokenOf(id)), 401, 'a token that the data plane itself would use')
  const used = await tokenOf('the-control-plane')
  t.is(await terminate(used), 200)
  t.is(await terminate(used), 401, 'a token that came before')
})
