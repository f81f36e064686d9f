import { randomUUID } from 'node:crypto'
import test from 'ava'
import { readRecorded } from '../json-ld/recorded.ts'
import { issuerFor } from '../sdk/issuer.ts'
import { secrets } from '../../http/stage.ts'
import { eventually } from '../../support/eventually.ts'
import { problemOf } from '../../support/problem.ts'
import { dataPlaneId, fetchResult, patienceMs, startServiceStage, waitsFor, writesSum } from './service-stage.ts'

// Who may speak to our data plane, and what its endpoints answer to messages of every kind.

function message(more: object = {}): Record<string, unknown> {
  return {
    messageId: randomUUID(),
    participantId: 'provider',
    counterPartyId: 'consumer',
    dataspaceContext: 'dataspace-protocol-http:2025-1',
    processId: randomUUID(),
    agreementId: 'agreement-1',
    datasetId: 'sum',
    profile: 'Compute-PULL',
    claims: {},
    ...more,
  }
}

function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const answer = await response
  await answer.text()
  return answer.status
}

test.serial('a path secret opens its own path alone, and what is registered has it', async (t) => {
  const { stage, base, pair, offer } = await startServiceStage(t, { settings: { secret: secrets.pathSecret } })
  await offer('sum', writesSum)
  const endpoint = pair.provider.dataPlanes.find(dataPlaneId)?.endpoint
  t.is(endpoint, `${base}/${secrets.pathSecret}/dataflows`)
  const start = message()
  t.is(await statusOf(post(`${base}/dataflows/start`, start)), 401)
  t.is(await statusOf(post(`${base}/wrong/dataflows/start`, start)), 401)
  t.is(await statusOf(post(`${stage.publicUrl}/dataplanes/nobody/dataflows/start`, start)), 404)
  const response = await post(`${base}/${secrets.pathSecret}/dataflows/start`, start)
  t.is(response.status, 202)
  const location = response.headers.get('Location') ?? ''
  t.like(await (await fetch(new URL(location, response.url))).json(), { dataFlowId: start['processId'] })
  await response.text()
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  await pair.provider.reaches(await requested.providerId(), 'STARTED', patienceMs)
})

test.serial('tokens go both ways: ours with callbacks, theirs are checked', async (t) => {
  const issuer = await issuerFor(t, {
    [dataPlaneId]: 'control-plane',
    'control-plane': dataPlaneId,
    stranger: dataPlaneId,
  })
  const { tokenEndpoint, jwksUri, clientSecret, url } = issuer
  const { pair, offer, base } = await startServiceStage(t, {
    environment: {},
    settings: {
      tokens: {
        own: { tokenUrl: tokenEndpoint, clientId: dataPlaneId, clientSecret },
        theirs: { issuer: url, jwksUrl: jwksUri, subject: 'control-plane' },
      },
    },
    authorization: {
      type: 'oauth2_client_credentials',
      tokenEndpoint,
      clientId: 'control-plane',
      clientSecret,
      jwksUri,
    },
  })
  await offer('sum', writesSum)
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  const processId = await requested.providerId()
  await pair.provider.reaches(processId, 'STARTED', patienceMs)
  t.regex(pair.provider.ledger.callbacksOf(processId, 'started').at(-1)?.authorization ?? '', /^Bearer ey/)
  const own = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const tokenOf = async (client: string): Promise<string> => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: clientSecret,
    })
    const answer = await fetch(tokenEndpoint, { method: 'POST', headers: own, body: form })
    return ((await answer.json()) as { access_token: string }).access_token
  }
  const start = message()
  t.is(await statusOf(post(`${base}/dataflows/start`, start)), 401, 'no token')
  for (const [client, status] of [
    ['stranger', 401],
    [dataPlaneId, 401],
    ['control-plane', 202],
  ] as const) {
    const headers = { Authorization: `Bearer ${await tokenOf(client)}` }
    t.is(await statusOf(post(`${base}/dataflows/start`, start, headers)), status, client)
  }
})

test.serial(
  'a start names its callback address, its process and its asset, and none of them is taken on trust',
  async (t) => {
    const { base, offer, stage, pair } = await startServiceStage(t, { silent: true })
    await offer('sum', waitsFor('/nowhere'))
    const url = `${base}/dataflows/start`
    const cases: readonly (readonly [object, number, string])[] = [
      [{ callbackAddress: 'http://evil.example/cb' }, 422, 'foreign-callback-address'],
      [{ profile: 'Unknown-PULL' }, 422, 'profile-unknown'],
      [{ datasetId: 'nothing' }, 422, 'asset-unknown'],
      [{ counterPartyId: undefined }, 422, 'invalid-message'],
      [{ processId: 'x'.repeat(600) }, 422, 'invalid-message'],
      [{ processId: '' }, 400, 'invalid-message'],
      [{ profile: undefined }, 400, 'invalid-message'],
      [{ profile: undefined, transferType: 'Compute-Now-PUSH' }, 422, 'mode-not-offered'],
    ]
    for (const [more, status, code] of cases) {
      const response = await post(url, message(more))
      t.is(response.status, status, code)
      t.like(await response.json(), { code })
    }
    t.deepEqual(await stage.store.listJobs({ limit: 10 }), [])
    const good = message({ callbackAddress: `${pair.provider.signalingUrl}/`, transferType: 'ignored' })
    t.is(await statusOf(post(url, good)), 202)
    for (const [more, status] of [
      [{}, 202],
      [{ messageId: 'another' }, 202],
      [{ agreementId: 'another' }, 409],
      [{ messageId: 'another', datasetId: 'other' }, 409],
    ] as const)
      t.is(await statusOf(post(url, { ...good, ...more })), status, JSON.stringify(more))
    t.is((await stage.store.listJobs({ limit: 10 })).length, 1)
    const flow = `${base}/dataflows/${String(good['processId'])}`
    t.is(await statusOf(post(`${flow}/suspend`, { messageId: 'm' })), 409, 'it has not started')
    t.is(await statusOf(fetch(`${flow}/completed`, { method: 'POST' })), 409)
    t.is(await statusOf(post(`${flow}/terminate`, { messageId: 'm', reason: 'enough' })), 200)
    t.is(await statusOf(post(`${flow}/terminate`, { messageId: 'n' })), 200)
    t.is(await statusOf(post(url, good)), 409, 'it is over: a 2xx would be taken for a start')
    t.is(await statusOf(post(`${base}/dataflows/nobody/terminate`, { messageId: 'm' })), 404)
    t.is(await statusOf(fetch(`${base}/dataflows/nobody/status`)), 404)
    t.is(await statusOf(post(`${base}/dataflows/nobody/started`, { messageId: 'm' })), 404)
  },
)

test.serial('to the letter of the specification: a second start and a pull with an address are refused', async (t) => {
  const { base, offer } = await startServiceStage(t, { silent: true, settings: { strict: true } })
  await offer('sum', waitsFor('/nowhere'))
  const url = `${base}/dataflows/start`
  const good = message()
  t.is(await statusOf(post(url, good)), 202)
  t.is(await statusOf(post(url, good)), 202, 'the same message')
  t.is(await statusOf(post(url, { ...good, messageId: 'another' })), 409)
  const dataAddress = { endpointType: 'ComputeInput', endpoint: null, endpointProperties: [] }
  t.is(await statusOf(post(url, message({ dataAddress }))), 400)
})

test.serial('twenty starts of one process at once are one flow', async (t) => {
  const { base, offer, stage } = await startServiceStage(t, { silent: true })
  await offer('sum', waitsFor('/nowhere'))
  const start = message()
  const statuses = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      statusOf(post(`${base}/dataflows/start`, index % 2 === 0 ? start : { ...start, messageId: randomUUID() })),
    ),
  )
  t.deepEqual([...new Set(statuses)], [202])
  t.is((await stage.store.listJobs({ limit: 100 })).length, 1)
})

test.serial('trouble of our own is 503, and tells nothing', async (t) => {
  const { base, offer, stage } = await startServiceStage(t, { silent: true })
  await offer('sum', writesSum)
  await stage.store.close()
  const response = await post(`${base}/dataflows/start`, message())
  t.is(response.status, 503)
  t.truthy(response.headers.get('Retry-After'))
  const text = await response.text()
  t.false(/sqlite|database is not open/i.test(text), text)
})

test.serial('what was refused and what came is seen by the operator, and in the audit log', async (t) => {
  const { base, offer, stage } = await startServiceStage(t)
  await offer('sum', waitsFor('/nowhere'))
  await statusOf(post(`${base}/dataflows/start`, message({ datasetId: 'nothing' })))
  const heard = async (): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${stage.adminUrl}/api/v1/connectors`)
    const { connectors } = (await answer.json()) as { connectors: Record<string, unknown>[] }
    return connectors.find(({ id }) => id === 'plane') ?? {}
  }
  t.like(await heard(), { registered: true, dialect: 'data-plane-signaling', dataPlaneUrl: `${base}/dataflows` })
  t.like((await heard())['heard'], { provisionRefused: { code: 'asset-unknown' } })
  const check = await fetch(`${stage.adminUrl}/api/v1/connectors/plane/check`, { method: 'POST' })
  const { checks } = (await check.json()) as { checks: { name: string; outcome: string }[] }
  t.deepEqual(
    checks.map(({ name, outcome }) => `${name} ${outcome}`),
    ['address ok', 'management-api ok', 'key ok', 'public-url ok', 'registration ok', 'data-flows failed'],
  )
  await eventually('the audit log', async () => {
    const answer = await fetch(`${stage.adminUrl}/api/v1/audit?action=provision.refused`)
    const text = await answer.text()
    return text.includes('asset-unknown') ? { done: true } : { pending: text }
  })
})

test.serial('the JSON-LD form: a start as EDC sends it is answered with an address at once', async (t) => {
  const { base, offer, stage, pair } = await startServiceStage(t, {
    silent: true,
    settings: { form: 'json-ld', profiles: [{ name: 'HttpData-PULL', start: 'sync' }] },
  })
  await offer('sum', writesSum, {
    transfers: ['pull-sync'],
    parameters: { type: 'object', properties: { TOP: { type: 'integer' } } },
  })
  const text = JSON.stringify(await readRecorded('start-pull'))
    .replaceAll('{{processId}}', 'process-1')
    .replaceAll('{{agreementId}}', 'agreement-1')
    .replaceAll('{{assetId}}', 'sum')
    .replaceAll('{{control}}', pair.provider.signalingUrl)
    .replaceAll('{{addressType}}', 'ComputeAsset')
  const start = (): Promise<Response> => post(`${base}/dataflows`, JSON.parse(text))
  const response = await start()
  t.is(response.status, 200)
  const body = await response.text()
  const [transfer] = await stage.store.transfersOfProcess('plane', 'process-1')
  t.like(transfer?.flow, { consumerId: 'consumer', agreementId: 'agreement-1', start: 'sync' })
  t.true(body.includes(`/results/${transfer?.id}`))
  t.is(await (await start()).text(), body, 'the same again')
  t.like(await (await fetch(`${base}/dataflows/process-1/state`)).json(), { state: 'STARTED' })
  t.is(await statusOf(fetch(`${base}/dataflows/check`)), 204)
  const address = { url: `${stage.publicUrl}/results/${transfer?.id}`, token: /"([\w-]{43})"/.exec(body)?.[1] ?? '' }
  await eventually('the result', async () => {
    const answer = await fetchResult(address.url, address.token)
    const read = await answer.text()
    return answer.status === 200 ? { done: read } : { pending: read }
  })
  t.is(await statusOf(post(`${base}/dataflows/process-1/suspend`, { '@type': 'DataFlowSuspendMessage' })), 204)
  t.is(await statusOf(fetchResult(address.url, address.token)), 403)
  t.is(await (await start()).text(), body, 'a start for a suspended flow resumes it')
  t.is(await statusOf(post(`${base}/dataflows/process-1/terminate`, { '@type': 'DataFlowTerminateMessage' })), 204)
  t.is(await statusOf(fetchResult(address.url, address.token)), 401)
})

test.serial('a body that is no JSON, or too long, is refused before anything is read', async (t) => {
  const { base } = await startServiceStage(t, { silent: true })
  const url = `${base}/dataflows/start`
  const text = (body: string, type = 'application/json'): Promise<Response> =>
    fetch(url, { method: 'POST', body, headers: { 'Content-Type': type } })
  t.is((await problemOf(await text('{'))).code, 'invalid-body')
  t.is((await problemOf(await text('{}', 'text/plain'))).code, 'unsupported-media-type')
  t.is((await problemOf(await text(JSON.stringify({ a: 'x'.repeat(300_000) })))).code, 'body-too-large')
})
