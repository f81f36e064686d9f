import type { Claim } from '../claim.ts'
import { recordingPlane } from '../recording-plane.ts'
import { scene } from '../scene.ts'

const namespace = 'https://w3id.org/edc/v0.0.1/ns/'

/** What is sent along, and which data plane is asked. */
export const choosing: readonly Claim[] = [
  {
    title: 'a consumer’s dataDestination arrives in the start of a pull, with no endpoint and full names',
    async run(t, pair) {
      const it = await scene(t, pair)
      const params = JSON.stringify({ EPOCHS: 3, nested: { a: [1] } })
      const { start } = await it.start({ type: 'ComputeInput', params })
      const address = start.body['dataAddress'] as Record<string, unknown>
      t.is(address['@type'], 'DataAddress')
      t.is(address['endpointType'], 'ComputeInput')
      t.is(address['endpoint'], null)
      const properties = address['endpointProperties'] as readonly { name: string; value: string }[]
      t.is(properties.find(({ name }) => name === `${namespace}params`)?.value, params)
      t.is(properties.find(({ name }) => name === `${namespace}type`)?.value, 'ComputeInput')
    },
  },
  {
    title: 'metadata is bruised at its top level',
    async run(t, pair) {
      const metadata = { one: ['a'], two: ['a', 'b'], number: 3, flag: true, deep: { one: ['a'], number: 3 } }
      const it = await scene(t, pair, { asset: { metadata } })
      const { start } = await it.start()
      t.deepEqual(start.body['metadata'], { ...metadata, one: 'a' })
    },
  },
  {
    title: 'labels select the data plane',
    async run(t, pair) {
      const it = await scene(t, pair, { asset: { labels: ['gold'] } })
      const other = await recordingPlane(t)
      await pair.register('provider', other.registration([it.type], { labels: ['silver'] }))
      t.teardown(() => pair.unregister('provider', other.id))
      const { start } = await it.start()
      t.deepEqual(start.body['labels'], ['gold'])
      t.deepEqual(other.received, [])
    },
  },
  {
    title: 'a consumer without a data plane for the type ends before anybody was asked',
    async run(t, pair) {
      const it = await scene(t, pair)
      await pair.unregister('consumer', it.consumerPlane.id)
      const consumerId = await pair.request({ assetId: it.assetId, transferType: it.type })
      const { reason } = await it.reaches('consumer', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /No dataplane found/)
      t.deepEqual(it.providerPlane.received, [])
    },
  },
  {
    title: 'unknown fields of a registration are passed over: with profiles alone, nothing is on offer',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { transferTypes: _, ...rest } = it.providerPlane.registration([it.type])
      await pair.register('provider', { ...rest, transferTypes: [it.type], profiles: [it.type], surprise: 1 })
      await it.start()
      await pair.register('provider', { ...rest, transferTypes: [], profiles: [it.type] })
      const consumerId = await pair.request({ assetId: it.assetId, transferType: it.type })
      const { reason } = await it.reaches('consumer', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /not supported/)
    },
  },
]
