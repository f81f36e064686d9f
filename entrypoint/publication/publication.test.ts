import test, { type ExecutionContext } from 'ava'
import { leastAsset } from '../../test/support/example-asset.ts'
import { type OffersStandIn, startOffersStandIn } from '../../test/support/offers-stand-in.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { readAsset } from '../../core/asset/read.ts'
import type { AssetRecord } from '../../core/ports/store.ts'
import { offerApi } from '../connectors/offer-api.ts'
import type { PublicationParts } from './parts.ts'
import { comparePublication, publish } from './publication.ts'
import { unpublish } from './unpublish.ts'

const request = { assetId: 'word-count', connectorId: 'provider' }
const members = {
  '@type': 'Set',
  permission: [{ action: 'use', constraint: { leftOperand: 'member', operator: 'eq', rightOperand: 'yes' } }],
}

/** A connector's stand-in, and publication before it. */
async function stage(t: ExecutionContext): Promise<{ standIn: OffersStandIn; parts: PublicationParts }> {
  const standIn = await startOffersStandIn()
  t.teardown(() => standIn.close())
  const metadata = { id: 'word-count', version: '1.0.0', title: 'Word count', keywords: ['text'] }
  const document = { ...leastAsset, metadata }
  const asset = { ...readAsset(document, undefined, { allowTags: true }), bundled: {} }
  const record: AssetRecord = {
    id: 'word-count',
    version: '1.0.0',
    document,
    bundled: {},
    bundleId: 'b',
    registeredAt: 0,
    enabled: true,
  }
  const known = async (id: string): Promise<typeof asset | undefined> => (id === 'word-count' ? asset : undefined)
  const parts: PublicationParts = {
    connectors: new Map([
      [
        'provider',
        {
          api: offerApi({ id: 'provider', managementUrl: standIn.managementUrl, apiKey: standIn.key }),
          dataAddressType: 'HttpProvision',
        },
      ],
    ]),
    versions: async (id) => (id === 'word-count' ? [record] : []),
    newest: known,
    version: known,
    publicUrl: () => 'https://compute.example',
    logger: recordingLogger(),
  }
  return { standIn, parts }
}

/** What the connector holds, without what differs from run to run. */
function state({ objects }: OffersStandIn): string {
  return JSON.stringify([...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** A participant sees an asset by its contract definition: then all that it needs is there, as it was read back. */
function nothingHalf(t: ExecutionContext, { objects }: OffersStandIn): void {
  const definition = objects.get('contractdefinitions/word-count:offer')
  if (definition === undefined) return
  t.true(objects.has('assets/word-count'))
  for (const name of ['accessPolicyId', 'contractPolicyId']) {
    const policy = objects.get(`policydefinitions/${String(definition[name])}`)
    t.truthy(policy, name)
    t.true(JSON.stringify(policy?.['privateProperties']).includes('asRead'), 'read back before it counts')
  }
}

test('cut off at any call, before or after it took effect, the next run completes it; nothing half is ever visible', async (t) => {
  const whole = await stage(t)
  await publish(whole.parts, { ...request, accessPolicy: members })
  const expected = state(whole.standIn)
  const calls = whole.standIn.calls.length
  t.true(calls > 10)
  for (const fault of ['cut-before', 'cut-after'] as const) {
    for (let cut = 1; cut <= calls; cut += 1) {
      const { standIn, parts } = await stage(t)
      standIn.afterWrite(() => nothingHalf(t, standIn))
      standIn.fault((_, number) => (number === cut ? fault : undefined))
      await t.throwsAsync(publish(parts, { ...request, accessPolicy: members }), { message: /failed/ })
      standIn.fault(() => undefined)
      const { plan } = await publish(parts, { ...request, accessPolicy: members })
      t.is(plan.access.choice, 'given')
      t.is(state(standIn), expected, `${fault} at ${cut}`)
    }
  }
})

test('what was cut off under a policy is never opened by a run without one', async (t) => {
  const whole = await stage(t)
  await publish(whole.parts, { ...request, accessPolicy: members })
  const calls = whole.standIn.calls.length
  for (let cut = 1; cut <= calls; cut += 1) {
    const { standIn, parts } = await stage(t)
    standIn.fault((_, number) => (number === cut ? 'cut-after' : undefined))
    await t.throwsAsync(publish(parts, { ...request, accessPolicy: members }))
    standIn.fault(() => undefined)
    if (!standIn.objects.has('assets/word-count')) continue
    const { open } = await publish(parts, request).then(
      ({ plan }) => plan.access,
      (error: unknown) => {
        t.like(error, { code: 'policy-needed' })
        return { open: false }
      },
    )
    t.false(open, `cut at ${cut}`)
  }
})

test('unpublishing, cut off at any call, is completed by the next run, and the offer goes first', async (t) => {
  for (let cut = 1; ; cut += 1) {
    const { standIn, parts } = await stage(t)
    await publish(parts, request)
    const before = standIn.calls.length
    standIn.afterWrite(() => nothingHalf(t, standIn))
    standIn.fault((_, number) => (number === before + cut ? 'cut-after' : undefined))
    const cutOff = await unpublish(parts, request).then(
      () => false,
      () => true,
    )
    standIn.fault(() => undefined)
    await unpublish(parts, request)
    t.is(standIn.objects.size, 0)
    if (!cutOff) break
  }
})

test('two services that publish different policies at once leave one of them whole', async (t) => {
  const { standIn, parts } = await stage(t)
  const other = { ...parts, connectors: new Map([['second', parts.connectors.get('provider') as never]]) }
  standIn.afterWrite(() => nothingHalf(t, standIn))
  const runs = await Promise.allSettled([
    publish(parts, { ...request, accessPolicy: members }),
    publish(other, { ...request, connectorId: 'second' }),
  ])
  for (const run of runs) if (run.status === 'rejected') t.like(run.reason, { code: 'changed-meanwhile' })
  const { plan, changes } = await publish(parts, request)
  t.true(changes.every(({ object }) => object !== 'contract-definition'))
  t.not(plan.access.id, null)
})

test('policies of an asset whose name begins alike are not touched', async (t) => {
  const { standIn, parts } = await stage(t)
  const privateProperties = { 'urn:dataspace-compute:managedBy': 'dataspace-compute' }
  const other = { '@id': 'word-count-2:policy:1', policy: {}, privateProperties }
  standIn.put('policydefinitions/word-count-2:policy:1', other)
  await publish(parts, request)
  await unpublish(parts, request)
  t.deepEqual([...standIn.objects.keys()], ['policydefinitions/word-count-2:policy:1'])
})

test('in version 4 it says which transfer types and labels are served, and nothing of a data address', async (t) => {
  const { standIn, parts } = await stage(t)
  const { key: apiKey, managementUrl } = standIn
  const dataPlane = { form: 'plain', profiles: [{ name: 'A-PULL' }, { name: 'A-PUSH' }], labels: ['gold'] } as const
  const api = offerApi({ id: 'provider', managementUrl, apiKey, version: 'v4' })
  const inFour = { ...parts, connectors: new Map([['provider', { api, dataPlane }]]) }
  const first = await publish(inFour, request)
  t.is(first.changes.length, 3)
  const written = standIn.objects.get('assets/word-count')
  t.deepEqual(written?.['@context'], ['https://w3id.org/edc/connector/management/v2'])
  t.deepEqual(written?.['dataplaneMetadata'], {
    '@type': 'DataplaneMetadata',
    properties: {},
    labels: ['gold'],
    profiles: ['A-PULL'],
  })
  t.false('dataAddress' in (written ?? {}))
  t.deepEqual((await publish(inFour, request)).changes, [])
  const other = { ...dataPlane, profiles: [{ name: 'B-PULL' }], labels: [] }
  const { changes } = await publish(
    { ...parts, connectors: new Map([['provider', { api, dataPlane: other }]]) },
    request,
  )
  t.deepEqual(
    changes.flatMap(({ fields }) => fields).filter(({ field }) => field.startsWith('dataplane')),
    [
      { field: 'dataplaneMetadata.labels', before: '["gold"]', after: '[]' },
      { field: 'dataplaneMetadata.profiles', before: '["A-PULL"]', after: '["B-PULL"]' },
    ],
  )
  await unpublish(inFour, request)
  t.is(standIn.objects.size, 0)
  t.deepEqual(
    standIn.calls.filter((call) => !call.includes(' /v4/')),
    [],
  )
})

test('a comparison writes nothing', async (t) => {
  const { standIn, parts } = await stage(t)
  const { plan } = await comparePublication(parts, request)
  t.is(plan.steps.length, 3)
  t.deepEqual(
    standIn.calls.filter((call) => !call.startsWith('GET') && !call.endsWith('/request')),
    [],
  )
})

test('an asset that nobody knows is an error, and so is a connector', async (t) => {
  const { parts } = await stage(t)
  await t.throwsAsync(publish(parts, { ...request, assetId: 'nobody' }), { code: 'asset-unknown' })
  await t.throwsAsync(unpublish(parts, { ...request, assetId: 'nobody' }), { code: 'asset-unknown' })
  await t.throwsAsync(publish(parts, { ...request, connectorId: 'nobody' }), {
    code: 'connector-unknown',
    message: /there are provider/,
  })
})
