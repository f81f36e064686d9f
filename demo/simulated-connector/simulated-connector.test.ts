import { createServer } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { listen, readJson, stop } from './http.ts'
import { type Json, objectAt, textAt } from './json.ts'
import { type SimulatedConnector, startSimulatedConnector } from './simulated-connector.ts'

const NAMESPACE = 'https://w3id.org/edc/v0.0.1/ns/'
const KEY = 'a-management-key'

/** A service that answers provision requests with 200, calls back when the connector says so, and serves "forty-two". */
async function startService(t: ExecutionContext): Promise<{ url: string; authorizations: (string | undefined)[] }> {
  const authorizations: (string | undefined)[] = []
  const requested = new Map<string, Json>()

  async function handle(path: string | undefined, body: Json | undefined): Promise<void> {
    if (path === '/provision') requested.set(textAt(body, 'transferProcessId'), body ?? null)
    if (textAt(body, 'type') !== 'TransferProcessProvisioningRequested') return
    const id = textAt(objectAt(body, 'payload'), 'transferProcessId')
    const provision = requested.get(id)
    const properties = {
      [`${NAMESPACE}type`]: 'HttpData',
      [`${NAMESPACE}baseUrl`]: `${url}/result`,
      [`${NAMESPACE}authKey`]: 'Authorization',
      [`${NAMESPACE}authCode`]: 'Bearer sesame',
    }
    const callback = {
      edctype: 'dataspaceconnector:provisioner-callback-request',
      resourceDefinitionId: textAt(provision, 'resourceDefinitionId'),
      assetId: textAt(provision, 'assetId'),
      resourceName: id,
      contentDataAddress: { properties },
      apiKeyJwt: 'unused',
    }
    const to = `${textAt(provision, 'callbackAddress')}/${id}/provision`
    const answered = await fetch(to, { method: 'POST', headers: { 'x-api-key': KEY }, body: JSON.stringify(callback) })
    t.is(answered.status, 204)
  }

  const server = createServer((request, response) => {
    readJson(request)
      .then((body) => {
        response.end('forty-two')
        authorizations.push(request.headers.authorization)
        return handle(request.url, body)
      })
      .catch((error: unknown) => t.fail(String(error)))
  })
  const url = await listen(server)
  t.teardown(() => stop(server))
  return { url, authorizations }
}

async function start(): Promise<SimulatedConnector> {
  let id = 0
  return startSimulatedConnector({
    clock: { now: () => 1_000 },
    ids: { next: () => `id-${++id}` },
    managementKey: KEY,
    tickMs: 5,
  })
}

test('a transfer by the direct calls: provisioned, called back, started, read, ended', async (t) => {
  const service = await startService(t)
  const connector = await start()
  t.teardown(() => connector.close())
  connector.serviceAt({ provisionUrl: `${service.url}/provision`, eventsUrl: `${service.url}/events` })

  const { consumerTransferId, providerTransferId } = connector.request('answer', { QUESTION: 'all' })
  const { endpoint, authorization } = await connector.started(consumerTransferId)
  const response = await fetch(endpoint, { headers: { authorization } })
  t.is(await response.text(), 'forty-two')
  t.true(service.authorizations.includes('Bearer sesame'), 'the data plane opens our address with the code we gave')
  t.is(connector.transfer('provider', providerTransferId).state, 'STARTED')

  connector.terminate(consumerTransferId, 'seen enough')
  t.like(await connector.ended(consumerTransferId), { state: 'TERMINATED', errorDetail: 'seen enough' })
})

test('started rejects when the provider refused', async (t) => {
  const refusing = createServer((_request, response) => response.writeHead(422).end())
  const connector = await start()
  t.teardown(() => connector.close())
  t.teardown(() => stop(refusing))
  connector.serviceAt({ provisionUrl: `${await listen(refusing)}/` })
  const { consumerTransferId, providerTransferId } = connector.request('answer')
  await t.throwsAsync(connector.started(consumerTransferId), { message: /ended TERMINATED and never started/ })
  t.regex(connector.transfer('provider', providerTransferId).errorDetail ?? '', /fatal error code: 422$/)
})

test('a transfer before the service is known, and an unknown transfer, are errors that say so', async (t) => {
  const connector = await start()
  t.teardown(() => connector.close())
  t.throws(() => connector.request('answer'), { message: /call serviceAt first/ })
  t.throws(() => connector.transfer('consumer', 'nobody'), { message: 'the consumer has no transfer nobody' })
})

test('close drops what is under way and answers those who wait', async (t) => {
  const connector = await start()
  connector.serviceAt({ provisionUrl: 'http://127.0.0.1:9/' }) // nobody listens there: asked again and again
  const { consumerTransferId } = connector.request('answer')
  const waiting = t.throwsAsync(connector.started(consumerTransferId), { message: /was closed/ })
  await connector.close()
  await waiting
})

test('the Management APIs want their key', async (t) => {
  const connector = await start()
  t.teardown(() => connector.close())
  const url = `${connector.providerManagement}/v3/transferprocesses/nobody`
  t.is((await fetch(url)).status, 401)
  t.is((await fetch(url, { headers: { 'x-api-key': connector.consumerKey } })).status, 401)
  t.is((await fetch(url, { headers: { 'x-api-key': KEY } })).status, 404)
})
