import { eventually } from '../../../support/eventually.ts'
import type { Claim } from '../claim.ts'
import { callBack, exampleAddress, statusMessage } from '../recording-plane.ts'
import { scene, startsLater } from '../scene.ts'

const namespace = 'https://w3id.org/edc/v0.0.1/ns/'

/** How a transfer begins. */
export const starting: readonly Claim[] = [
  {
    title: 'start names the parties, the agreement, the asset and where to call back, in the field names of RC2',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { start, consumerId } = await it.start()
      const { body } = start
      t.deepEqual(
        Object.keys(body).toSorted(),
        [
          'agreementId',
          'callbackAddress',
          'claims',
          'counterPartyId',
          'dataspaceContext',
          'datasetId',
          'labels',
          'messageId',
          'metadata',
          'participantId',
          'processId',
          'transferType',
        ].toSorted(),
      )
      t.is(body['participantId'], 'provider')
      t.is(body['counterPartyId'], 'consumer')
      t.is(body['dataspaceContext'], 'dataspace-protocol-http:2025-1')
      t.is(body['datasetId'], it.assetId)
      t.is(body['transferType'], it.type)
      t.like(body['claims'], { client_id: 'consumer' })
      t.is(start.authorization, undefined)
      const provider = await it.reaches('provider', consumerId, 'STARTED')
      t.is(body['processId'], provider.id)
    },
  },
  {
    title: 'prepare comes before, with the parties the other way round',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { consumerId } = await it.start()
      const prepare = await it.consumerPlane.hears('prepare', consumerId)
      t.is(prepare.body['participantId'], 'consumer')
      t.is(prepare.body['counterPartyId'], 'provider')
      t.is(prepare.body['dataAddress'], undefined)
    },
  },
  {
    title:
      'the address of a synchronous start reaches the consumer’s data plane, with type and endpoint among its properties',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { consumerId } = await it.start()
      const started = await it.consumerPlane.hears('started', consumerId)
      const address = started.body['dataAddress'] as typeof exampleAddress
      t.is(address.endpointType, exampleAddress.endpointType)
      t.is(address.endpoint, exampleAddress.endpoint)
      const properties = new Map(address.endpointProperties.map(({ name, value }) => [name, value]))
      t.is(properties.get('authorization'), 'secret-of-the-example')
      t.is(properties.get(`${namespace}type`), exampleAddress.endpointType)
      t.is(properties.get(`${namespace}endpoint`), exampleAddress.endpoint)
      await it.reaches('consumer', consumerId, 'STARTED')
      await it.reaches('provider', consumerId, 'STARTED')
    },
  },
  {
    title: 'an asynchronous start waits for `started`, whose address is the one that counts',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      const later = { ...exampleAddress, endpoint: 'http://127.0.0.1:1/later' }
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', later)), 200)
      const started = await it.consumerPlane.hears('started', consumerId)
      t.is((started.body['dataAddress'] as typeof exampleAddress).endpoint, 'http://127.0.0.1:1/later')
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
    },
  },
  {
    title: 'a start refused with 422 is not repeated, ends both sides, and the consumer reads the answer’s text',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('start', { status: 422, body: { detail: 'the parameter EPOCHS is missing' } })
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'TERMINATED')
      const { reason } = await it.reaches('consumer', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /422/)
      t.regex(reason ?? '', /the parameter EPOCHS is missing/)
      t.is(it.providerPlane.of(start.processId, 'start').length, 1)
      t.deepEqual(it.providerPlane.of(start.processId, 'terminate'), [])
    },
  },
  {
    title: 'a start refused with 503 is not repeated either',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('start', { status: 503, body: 'busy' })
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'TERMINATED')
      t.is(it.providerPlane.of(start.processId, 'start').length, 1)
    },
  },
  {
    title: 'a start answered 200 with the state TERMINATED counts as started',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('start', ({ processId }) => ({
        status: 200,
        body: { ...statusMessage(processId, 'TERMINATED', exampleAddress), error: 'no' },
      }))
      const { consumerId } = await it.start()
      await it.reaches('provider', consumerId, 'STARTED')
      t.is((await it.reaches('consumer', consumerId, 'STARTED')).reason, undefined)
    },
  },
  {
    title: 'a number as a property of a data address becomes text',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('start', ({ processId }) => ({
        status: 200,
        body: statusMessage(processId, 'STARTED', withProperty(3)),
      }))
      const { consumerId } = await it.start()
      const { body } = await it.consumerPlane.hears('started', consumerId)
      const { endpointProperties } = body['dataAddress'] as typeof exampleAddress
      t.is(endpointProperties.find(({ name }) => name === 'size')?.value, '3')
    },
  },
  ...[
    { what: 'without endpointType', address: { ...exampleAddress, endpointType: undefined } },
    { what: 'without endpoint', address: { ...exampleAddress, endpoint: undefined } },
    { what: 'with an object as a property', address: withProperty({ nested: 1 }) },
  ].map(
    ({ what, address }): Claim => ({
      title: `a data address ${what} ends the transfer`,
      async run(t, pair) {
        const it = await scene(t, pair)
        it.providerPlane.answer('start', ({ processId }) => ({
          status: 200,
          body: statusMessage(processId, 'STARTED', address),
        }))
        const { consumerId } = await it.start()
        const { state } = await eventually('the end', async () => {
          const shown = await pair.process('provider', consumerId)
          return shown?.state === 'TERMINATED' ? { done: shown } : { pending: `it is ${shown?.state}` }
        })
        t.is(state, 'TERMINATED')
        t.deepEqual(it.consumerPlane.of(consumerId, 'started'), [])
      },
    }),
  ),
  {
    title: 'prepare may be asynchronous: nothing is asked of the provider before `prepared`',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.consumerPlane.answer('prepare', ({ processId }) => ({
        status: 202,
        body: statusMessage(processId, 'PREPARING'),
      }))
      const consumerId = await pair.request({ assetId: it.assetId, transferType: it.type })
      const prepare = await it.consumerPlane.hears('prepare', consumerId)
      await it.reaches('consumer', consumerId, 'PREPARATION_REQUESTED')
      t.deepEqual(it.providerPlane.received, [])
      t.is(await callBack(prepare, 'prepared', statusMessage(consumerId, 'PREPARED')), 200)
      await it.reaches('consumer', consumerId, 'STARTED')
    },
  },
]

function withProperty(value: unknown): Readonly<Record<string, unknown>> {
  return { ...exampleAddress, endpointProperties: [{ '@type': 'EndpointProperty', name: 'size', value }] }
}
