import { z } from 'zod'
import { selector } from '../../../dps/json-ld/selector.ts'
import { eventually } from '../../support/eventually.ts'
import { available, onEach, registrationOf, type Scene, shownState, transferTypes } from './scene.ts'
import { startSmallDataPlane } from './small-data-plane.ts'

onEach('registering again does not take the data plane out of the selection', async (t, scene) => {
  const before = await shown(scene)
  t.deepEqual(await scene.registration.register(), { outcome: 'taken' })
  const after = await shown(scene)
  t.is(after.lastActive, before.lastActive, 'nothing was written')
  t.is(after.state, 'AVAILABLE')
})

onEach(
  'the catalogue offers what the data plane was registered with',
  async (t, { dataspace, controlPlane, assetId }) => {
    const { body } = await dataspace.consumer.send('POST', '/v3/catalog/dataset/request', {
      '@type': 'DatasetRequest',
      '@id': assetId,
      counterPartyId: 'provider',
      counterPartyAddress: controlPlane.pair.providerProtocol,
      protocol: 'dataspace-protocol-http',
    })
    const { 'dcat:distribution': distributions } = datasetSchema.parse(body)
    t.deepEqual(distributions.map((one) => one['dct:format']['@id']).toSorted(), [...transferTypes].toSorted())
  },
)

onEach(
  'what changed is registered anew, and a data plane that was away is selected again when it is back',
  async (t, scene) => {
    const { dataPlane, controlPlane, instance } = scene
    const changed = registrationOf(controlPlane, { ...instance, transferTypes: ['HttpData-PULL'] })
    t.deepEqual(await changed.register(), { outcome: 'taken' })
    await available(scene, changed)
    t.deepEqual((await shown(scene)).allowedTransferTypes, 'HttpData-PULL')
    await dataPlane.close()
    await eventually('the heartbeat to fail', async () => {
      const state = await shownState(scene)
      return state === 'UNAVAILABLE' ? { done: true } : { pending: `it is ${state}` }
    })
    const back = await startSmallDataPlane(Number(new URL(dataPlane.url).port))
    t.teardown(() => back.close())
    await available(scene, changed)
    t.true(back.heartbeats() > 0)
  },
)

onEach(
  'a registration is taken back, and what is not there counts as taken back',
  async (t, scene) => {
    t.deepEqual(await scene.registration.deregister(), { outcome: 'taken' })
    t.is(await shownState(scene), undefined)
    t.deepEqual(await scene.registration.deregister(), { outcome: 'taken' })
  },
  ['0.15.1'],
)

onEach(
  'a control plane that is away is a reason to come back',
  async (t, { instance }) => {
    const nowhere = selector({ address: 'http://127.0.0.1:9/control/v1', dataPlane: instance })
    t.like(await nowhere.register(), { outcome: 'later' })
  },
  ['0.15.1'],
)

const instanceSchema = z.looseObject({
  '@id': z.string(),
  state: z.string(),
  lastActive: z.unknown(),
  allowedTransferTypes: z.union([z.string(), z.array(z.string())]),
})
const datasetSchema = z.looseObject({
  'dcat:distribution': z.array(z.looseObject({ 'dct:format': z.looseObject({ '@id': z.string() }) })),
})

/** What the control plane shows of the data plane. */
async function shown({ dataspace, instance }: Scene): Promise<z.output<typeof instanceSchema>> {
  const all = z.array(instanceSchema).parse(await dataspace.provider.get('/v3/dataplanes'))
  const found = all.find((one) => one['@id'] === instance.id)
  if (found === undefined) throw new Error('the control plane does not show the data plane')
  return found
}
