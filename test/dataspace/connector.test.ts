import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { parseJson, textAt } from '../../demo/simulated-connector/json.ts'
import { startSimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { type ConnectorPair, Dataspace, ENDED } from '../support/dataspace.ts'
import { eventually } from '../support/eventually.ts'
import { callBack, callbackBody, type Provisioner, startProvisioner } from '../support/provisioner.ts'
import { claimPair, recording, testOnTestbed } from '../support/testbed.ts'
import { converse } from './conversation.ts'

/** A pair under test, with a stand-in for the service. */
interface Scene {
  readonly pair: ConnectorPair
  readonly dataspace: Dataspace
  readonly provisioner: Provisioner
  readonly assetId: string
}
type Check = (t: ExecutionContext, scene: Scene) => Promise<void>

/** The same check on the simulated connector and on the real pair, so that the two are shown to agree. */
function onBoth(title: string, check: Check): void {
  test(`simulated: ${title}`, async (t) => {
    const provisioner = await startProvisioner()
    const connector = await startSimulatedConnector({
      clock: { now: Date.now },
      ids: { next: randomUUID },
      managementKey: 'provider-management-key',
      provisionUrl: `${provisioner.origin}/connectors/provider/provision`,
      eventsUrl: `${provisioner.origin}/connectors/provider/events`,
      tickMs: 10,
    })
    try {
      await check(t, {
        pair: connector,
        dataspace: new Dataspace(connector),
        provisioner,
        assetId: `echo-${randomUUID()}`,
      })
    } finally {
      await connector.close()
      await provisioner.close()
    }
  })
  testOnTestbed(`real: ${title}`, async (t, testbed) => {
    const { pair, provisionPort, release } = await claimPair(testbed)
    const provisioner = await startProvisioner(provisionPort)
    try {
      await check(t, { pair, dataspace: new Dataspace(pair), provisioner, assetId: `echo-${randomUUID()}` })
    } finally {
      await provisioner.close()
      await release()
    }
  })
}

const KINDS = ['requests', 'events', 'documents', 'answers'] as const

onBoth(
  'a transfer with all that can be said on the way is what was recorded',
  async (t, { pair, provisioner, assetId }) => {
    const said = await converse(pair, provisioner, assetId)
    for (const kind of KINDS) {
      const file = new URL(`../../demo/simulated-connector/recordings/${kind}.json`, import.meta.url)
      if (recording && t.title.startsWith('real')) writeFileSync(file, `${JSON.stringify(said[kind], null, 2)}\n`)
      t.deepEqual(said[kind], JSON.parse(readFileSync(file, 'utf8')), kind)
    }
  },
)

onBoth('events come in the order of the states', async (t, { dataspace, provisioner, pair, assetId }) => {
  const { transferId } = await dataspace.request({ assetId })
  const { '@id': processId } = await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
  await accept(provisioner, pair, processId)
  await dataspace.consumerReaches(transferId, ['STARTED'])
  await dataspace.providerReaches(transferId, ['STARTED'])
  await dataspace.terminate(transferId, 'enough')
  await dataspace.consumerReaches(transferId, ['TERMINATED'])
  t.is((await dataspace.consumerTransfer(transferId)).errorDetail, 'enough', 'the consumer keeps its own reason')
  const ended = await dataspace.providerReaches(transferId, ['TERMINATED'])
  t.is(ended.errorDetail, undefined, 'the provider learns none')
  const expected = ['Initiated', 'ProvisioningRequested', 'Provisioned', 'Started', 'Terminated'].map(
    (name) => `TransferProcess${name}`,
  )
  await eventually('five events', () => {
    const types = provisioner.events
      .filter(({ payload }) => payload.transferProcessId === processId)
      .map(({ type }) => type)
    return types.length >= expected.length ? { done: t.deepEqual(types, expected) } : { pending: types.join() }
  })
})

onBoth(
  'a callback before our answer was processed is taken and lost',
  async (t, { dataspace, provisioner, pair, assetId }) => {
    let answered: number | undefined
    provisioner.answerWith(async (request) => {
      const early = await callBack(request, {
        key: pair.providerKey,
        body: callbackBody(request, provisioner.resultAddress()),
      })
      answered = early.status
      return 200
    })
    const { transferId } = await dataspace.request({ assetId })
    const ended = await dataspace.providerReaches(transferId, ENDED)
    t.is(answered, 204)
    t.is(ended.errorDetail, 'DataPlane not found')
    t.is(
      (await dataspace.consumerReaches(transferId, ['TERMINATED'])).errorDetail,
      undefined,
      'the consumer learns no reason',
    )
  },
)

onBoth('503 is asked again with the same request, 200 then counts', async (t, { dataspace, provisioner, assetId }) => {
  let refusals = 0
  provisioner.answerWith(async () => {
    if (refusals >= 3) return 200
    refusals += 1
    return 503
  })
  const { transferId } = await dataspace.request({ assetId })
  await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
  const requests = provisioner.requestsFor(assetId)
  t.is(requests.length, 4)
  for (const request of requests) t.deepEqual(request, requests[0])
  t.deepEqual(await dataspace.consumerTransfer(transferId).then(({ state }) => state), 'REQUESTED')
})

for (const status of [422, 429]) {
  onBoth(
    `${status} ends the transfer, and the consumer learns no reason`,
    async (t, { dataspace, provisioner, assetId }) => {
      provisioner.answerWith(() => status)
      const { transferId } = await dataspace.request({ assetId })
      const consumer = await dataspace.consumerReaches(transferId, ['TERMINATED'])
      t.is(consumer.errorDetail, undefined)
      const provider = await dataspace.providerReaches(transferId, ENDED)
      t.regex(
        provider.errorDetail ?? '',
        new RegExp(`fatal provisioning errors: HttpProviderProvisioner: received fatal error code: ${status}$`),
      )
      t.is(provisioner.requestsFor(assetId).length, 1)
    },
  )
}

onBoth(
  'a consumer ends its transfer while the job runs: the callback comes too late',
  async (t, { dataspace, provisioner, pair, assetId }) => {
    const { transferId } = await dataspace.request({ assetId }, { EPOCHS: 3 })
    const { '@id': processId, dataDestination } = await dataspace.providerReaches(transferId, [
      'PROVISIONING_REQUESTED',
    ])
    t.is(dataDestination?.['params'], '{"EPOCHS":3}', 'parameters reach the provider as JSON text')
    await dataspace.terminate(transferId, 'changed my mind')
    await dataspace.consumerReaches(transferId, ['TERMINATED'])
    await dataspace.providerReaches(transferId, ['TERMINATED'])
    const late = await accept(provisioner, pair, processId)
    t.is(late.status, 409)
    t.regex(await late.text(), /because it's TERMINATED/)
  },
)

onBoth(
  'an address of a type that no data plane serves ends the transfer',
  async (t, { dataspace, provisioner, pair, assetId }) => {
    const { transferId } = await dataspace.request({ assetId })
    const { '@id': processId } = await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
    const request = await provisioner.requestOf(processId)
    const address = {
      'https://w3id.org/edc/v0.0.1/ns/type': 'Elsewhere',
      'https://w3id.org/edc/v0.0.1/ns/baseUrl': provisioner.origin,
    }
    t.is((await callBack(request, { key: pair.providerKey, body: callbackBody(request, address) })).status, 204)
    t.is((await dataspace.providerReaches(transferId, ENDED)).errorDetail, 'DataPlane not found')
  },
)

onBoth(
  'keys without their namespace are taken, but nothing can be read',
  async (t, { dataspace, provisioner, pair, assetId }) => {
    const { transferId } = await dataspace.request({ assetId })
    const { '@id': processId } = await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
    const request = await provisioner.requestOf(processId)
    const body = callbackBody(request, { type: 'HttpData', baseUrl: provisioner.origin })
    t.is((await callBack(request, { key: pair.providerKey, body })).status, 204)
    await dataspace.consumerReaches(transferId, ['STARTED'])
    t.is((await dataspace.read(await dataspace.access(transferId))).status, 500)
  },
)

onBoth('several transfers at once, each with its own result', async (t, { dataspace, provisioner, pair, assetId }) => {
  await dataspace.publish({ assetId })
  const agreementId = await dataspace.negotiate(assetId)
  const transfers = await Promise.all([1, 2, 3, 4].map((n) => dataspace.transfer(assetId, agreementId, { N: n })))
  for (const transferId of transfers) {
    const { '@id': processId } = await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
    const request = await provisioner.requestOf(processId)
    const address = {
      ...provisioner.resultAddress(),
      'https://w3id.org/edc/v0.0.1/ns/baseUrl': `${provisioner.origin}/results/${processId}`,
    }
    t.is((await callBack(request, { key: pair.providerKey, body: callbackBody(request, address) })).status, 204)
    await dataspace.consumerReaches(transferId, ['STARTED'])
    const echo = parseJson(await (await dataspace.read(await dataspace.access(transferId))).text())
    t.is(textAt(echo, 'path'), `/results/${processId}`)
  }
  t.is(new Set(provisioner.requestsFor(assetId).map((request) => request.transferProcessId)).size, 4)
})

/** The callback that hands the stand-in's address over. */
async function accept(provisioner: Provisioner, pair: ConnectorPair, processId: string): Promise<Response> {
  const request = await provisioner.requestOf(processId)
  return callBack(request, { key: pair.providerKey, body: callbackBody(request, provisioner.resultAddress()) })
}
