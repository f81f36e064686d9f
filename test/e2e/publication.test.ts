import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { compileParameters } from '../../core/asset/parameters.ts'
import { expectedCounts } from '../support/expected.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { compared, type PublishingScene, published, startPublishingScene, unpublished } from './published.ts'

// The real connector pair; the backend is not the point, so it is the local one.

const scenes: readonly (readonly [string, (t: ExecutionContext, scene: PublishingScene) => Promise<void>])[] = [
  ['what is published is found, understood, negotiated, computed and fetched', wholeWay],
  ['publishing again changes nothing, a new version changes the catalogue, unpublishing ends it', versions],
  ['many at once, and after being cut off half-way', manyAtOnce],
  ['policies', policies],
  ['what is not ours is left alone until it is adopted', notOurs],
]
for (const [title, run] of scenes) {
  testOnTestbed(title, async (t, testbed) => {
    const scene = await startPublishingScene(testbed)
    try {
      await run(t, scene)
      t.false((await scene.entrypoint.log()).includes(scene.key), 'the key is not logged')
    } catch (error) {
      t.log(await scene.entrypoint.log())
      throw error
    } finally {
      await scene.call('DELETE', undefined, '?adopt=true')
      await scene.close()
    }
  })
}

const jsonText = z.string().transform((text): unknown => JSON.parse(text))
const exampleSchema = z.object({
  transferType: z.literal('HttpData-PULL'),
  dataDestination: z.object({ type: z.string(), params: jsonText }),
})
const own = 'urn:dataspace-compute:'

/** A program that knows nothing but the catalogue: finds the offer, reads the parameters' schema, sets one, gets the result. */
async function wholeWay(t: ExecutionContext, scene: PublishingScene): Promise<void> {
  const { dataspace, assetId } = scene
  t.is(await scene.catalogue(), undefined)
  const publication = await published(scene)
  t.like(publication, { inStep: true, publishedVersion: '1.0.0', blocked: [] })
  t.like(publication.accessPolicy, { choice: 'open', open: true })
  t.like(publication.contractPolicy, { choice: 'open', open: true })

  const offer = (await scene.catalogue()) ?? {}
  t.like(offer, {
    '@id': assetId,
    name: 'Word count',
    'dct:title': 'Word count',
    'dct:description': "Counts the words of the provider's text and returns the most frequent ones.",
    version: '1.0.0',
    contenttype: 'application/json',
  })
  t.deepEqual(offer['dcat:keyword'], ['text', 'statistics', 'example'])
  const read = (name: string): unknown => jsonText.parse(offer[own + name])
  t.deepEqual(read('inputs'), [{ name: 'text.txt', kind: 'file', providedBy: 'provider' }])
  t.deepEqual(read('outputs'), [{ name: 'counts.json', kind: 'file', required: true, mediaType: 'application/json' }])
  t.deepEqual(read('resources'), { cpu: '250m', memory: '128Mi', ephemeralStorage: '256Mi' })
  t.like(read('limits'), { timeoutSeconds: 60, jobsPerAgreement: 100, outputBytes: 1_048_576, onFailure: 'terminate' })
  t.regex(String(offer[`${own}usage`]), /- TOP \(integer, optional, at least 1, at most 1000\): How many/)
  t.notRegex(JSON.stringify(offer), /localhost\/word-count|count\.mjs|word-count\.env|managedBy/, 'the provider’s own')

  const schema = compileParameters(z.record(z.string(), z.unknown()).parse(read('parameters')))
  t.true(schema.ok)
  const { dataDestination } = exampleSchema.parse(read('transferExample'))
  t.true(schema.ok && schema.schema.check(dataDestination.params).ok, 'the example is one')
  t.deepEqual(schema.ok ? schema.schema.names : [], ['TOP', 'MINIMUM_LENGTH'])

  const agreement = await dataspace.negotiate(assetId)
  const transfer = await dataspace.transfer(assetId, agreement, { TOP: 4 })
  await dataspace.consumerReaches(transfer, ['STARTED'], 60_000)
  const response = await dataspace.read(await dataspace.access(transfer))
  t.deepEqual(Buffer.from(await response.arrayBuffer()), await expectedCounts({ TOP: '4' }))

  const gone = await unpublished(scene)
  t.is(await scene.catalogue(), undefined)
  t.deepEqual(
    gone.removed.map(({ object }) => object),
    ['contract-definition', 'policy'],
  )
  t.deepEqual(
    gone.kept.map(({ object }) => object),
    ['asset'],
    'it has an agreement',
  )
  t.regex(gone.kept[0]?.reason ?? '', /referenced by at least one contract agreement/)
  t.deepEqual(gone.otherOffers, [])
  t.like(await published(scene), { inStep: true, accessPolicy: { choice: 'kept', open: true } })
  t.truthy(await scene.catalogue())
}

async function versions(t: ExecutionContext, scene: PublishingScene): Promise<void> {
  t.like(await compared(scene), { inStep: false, publishedVersion: null })
  t.is(await scene.catalogue(), undefined, 'a comparison writes nothing')
  const first = await published(scene)
  t.deepEqual(
    first.changes.map(({ object, action }) => `${action} ${object}`),
    ['create asset', 'create policy', 'create contract-definition'],
  )
  const again = await published(scene)
  t.deepEqual(again.changes, [])
  t.like(await compared(scene), { inStep: true, changes: [] })

  // What others added to the asset stays; what they changed of ours is seen and mended.
  const { assetId, dataspace } = scene
  const there = z
    .looseObject({ properties: z.record(z.string(), z.unknown()) })
    .parse(await dataspace.provider.get(`/v3/assets/${assetId}`))
  const properties = {
    ...there.properties,
    version: '0.9.0',
    'http://purl.org/dc/terms/license': 'https://example.org/l',
  }
  await dataspace.provider.send('PUT', '/v3/assets', { ...there, '@context': there['@context'], properties })
  const drift = await compared(scene)
  t.deepEqual(
    drift.changes.flatMap(({ fields }) => fields),
    [{ field: 'version', before: '0.9.0', after: '1.0.0' }],
  )
  await scene.register((yaml) => yaml.replace('version: 1.0.0', 'version: 1.1.0').replace('timeout: 1m', 'timeout: 2m'))
  const newer = await compared(scene)
  t.deepEqual(
    newer.changes.flatMap(({ fields }) => fields).filter(({ field }) => !field.endsWith('usage')),
    [
      { field: `${own}limits.timeoutSeconds`, before: '60', after: '120' },
      { field: 'version', before: '0.9.0', after: '1.1.0' },
    ],
  )
  t.like(await published(scene), { publishedVersion: '1.1.0', newestVersion: '1.1.0' })
  t.like(await scene.catalogue(), { version: '1.1.0', 'dct:license': 'https://example.org/l' })
  t.like(await published(scene, { version: '1.0.0' }), { publishedVersion: '1.0.0', newestVersion: '1.1.0' })
  t.like(await scene.catalogue(), { version: '1.0.0' })

  t.deepEqual(
    (await unpublished(scene)).removed.map(({ object }) => object),
    ['contract-definition', 'policy', 'asset'],
  )
  t.is(await scene.catalogue(), undefined)
  t.deepEqual(await unpublished(scene), { assetId, connectorId: 'provider', removed: [], kept: [], otherOffers: [] })
}

/** Whatever a run that was cut off left, the next one completes it; and it never opens what was restricted. */
async function manyAtOnce(t: ExecutionContext, scene: PublishingScene): Promise<void> {
  const { dataspace, assetId } = scene
  const all = await Promise.all(Array.from({ length: 5 }, () => published(scene)))
  t.is(all.filter(({ changes }) => changes.length > 0).length, 1, 'one of them wrote')
  t.truthy(await scene.catalogue())

  await remove(scene, 'contractdefinitions', `${assetId}:offer`)
  t.like(await published(scene), { inStep: true, accessPolicy: { choice: 'kept', open: true } })
  await remove(scene, 'contractdefinitions', `${assetId}:offer`)
  await remove(scene, 'policydefinitions', all[0]?.accessPolicy.id ?? '')
  t.like(await published(scene), { inStep: true, accessPolicy: { choice: 'kept', open: true } })
  t.truthy(await scene.catalogue())

  const restricted = await published(scene, { accessPolicy: until('2099-01-01T00:00:00Z') })
  t.deepEqual(
    restricted.changes.map(({ object, action }) => `${action} ${object}`),
    ['update asset', 'create policy', 'update contract-definition'],
    'the open one stays: it is the contract policy',
  )
  await remove(scene, 'contractdefinitions', `${assetId}:offer`)
  t.like(await published(scene), { accessPolicy: { choice: 'kept', open: false } }, 'the asset knows its policies')
  await remove(scene, 'contractdefinitions', `${assetId}:offer`)
  await remove(scene, 'policydefinitions', restricted.accessPolicy.id ?? '')
  const refused = await scene.call('PUT', {})
  t.is(refused.status, 409)
  t.like(refused.body, { code: 'policy-needed' })
  t.is(await scene.catalogue(), undefined)
  t.like(await compared(scene), { inStep: false, accessPolicy: { id: null } })
  t.deepEqual(
    (await dataspace.provider.send('POST', '/v3/contractdefinitions/request', { '@type': 'QuerySpec', limit: 1000 }))
      .status,
    200,
  )
}

/** A policy that EDC evaluates nowhere (no function is bound to it), so that it hinders nobody in the test. */
function until(time: string): object {
  return {
    '@context': 'http://www.w3.org/ns/odrl.jsonld',
    '@type': 'Set',
    permission: [{ action: 'use', constraint: { leftOperand: 'inForceDate', operator: 'lteq', rightOperand: time } }],
  }
}

const offerSchema = z.looseObject({ 'odrl:hasPolicy': z.record(z.string(), z.unknown()) })

async function policies(t: ExecutionContext, scene: PublishingScene): Promise<void> {
  const { dataspace, assetId } = scene
  const first = await published(scene, { contractPolicy: until('2099-01-01T00:00:00Z') })
  t.like(first, { accessPolicy: { choice: 'open' }, contractPolicy: { choice: 'given', open: false } })
  const shown = async (): Promise<string> =>
    JSON.stringify(offerSchema.parse(await scene.catalogue())['odrl:hasPolicy'])
  t.regex(await shown(), /2099-01-01/)
  t.deepEqual((await published(scene, { contractPolicy: until('2099-01-01T00:00:00Z') })).changes, [])
  t.deepEqual((await published(scene)).changes, [], 'without a word they stay')
  t.regex(await shown(), /2099-01-01/)

  const other = await published(scene, { contractPolicy: until('2098-01-01T00:00:00Z') })
  t.deepEqual(
    other.changes.map(({ object, action }) => `${action} ${object}`),
    ['update asset', 'create policy', 'update contract-definition', 'remove policy'],
  )
  t.regex(await shown(), /2098-01-01/)

  // Edited in the connector: kept where nothing is said, mended where the policy is given.
  const id = other.contractPolicy.id ?? ''
  const there = z.looseObject({}).parse(await dataspace.provider.get(`/v3/policydefinitions/${encodeURIComponent(id)}`))
  await dataspace.provider.send('PUT', `/v3/policydefinitions/${encodeURIComponent(id)}`, {
    ...there,
    policy: until('2097-01-01T00:00:00Z'),
  })
  t.like(await published(scene), { changes: [], contractPolicy: { choice: 'kept', edited: true } })
  t.regex(await shown(), /2097-01-01/)
  t.deepEqual(
    (await published(scene, { contractPolicy: until('2098-01-01T00:00:00Z') })).changes.map(({ object }) => object),
    ['policy'],
  )
  t.regex(await shown(), /2098-01-01/)

  // One that the connector has.
  const foreign = `${assetId}-of-the-operator`
  t.like((await scene.call('PUT', { contractPolicy: { '@id': foreign } })).body, { code: 'policy-unknown' })
  await dataspace.provider.send('POST', '/v3/policydefinitions', {
    '@id': foreign,
    policy: until('2096-01-01T00:00:00Z'),
  })
  t.like(await published(scene, { contractPolicy: { '@id': foreign } }), {
    contractPolicy: { id: foreign, choice: 'given', open: false },
  })
  t.regex(await shown(), /2096-01-01/)
  await unpublished(scene)
  t.is(await scene.catalogue(), undefined)
  t.truthy(await dataspace.provider.get(`/v3/policydefinitions/${foreign}`), 'it is not ours to remove')
  await remove(scene, 'policydefinitions', foreign)

  // What EDC takes without its rules would let everybody in.
  const lost = {
    '@context': { x: 'https://example.org/' },
    '@type': 'http://www.w3.org/ns/odrl/2/Set',
    permission: [{ action: 'use' }],
  }
  const refused = await scene.call('PUT', { accessPolicy: lost })
  t.is(refused.status, 422)
  t.like(refused.body, { code: 'invalid-policy' })
  t.regex(JSON.stringify(refused.body), /permission: 0 of 1 arrived/)
  t.is(await scene.catalogue(), undefined)
  const wrong = await scene.call('PUT', { accessPolicy: { '@type': 'Offer', permission: [] } })
  t.is(wrong.status, 422)
  t.like(wrong.body, { code: 'connector-refused' })
  t.regex(JSON.stringify(wrong.body), /was expected to be http:\/\/www\.w3\.org\/ns\/odrl\/2\/Set/)
}

async function notOurs(t: ExecutionContext, scene: PublishingScene): Promise<void> {
  const { dataspace, assetId } = scene
  await dataspace.publish({ assetId })
  for (const method of ['PUT', 'DELETE']) {
    const { status, body } = await scene.call(method, method === 'PUT' ? {} : undefined)
    t.is(status, 409)
    t.like(body, { code: 'not-ours' })
  }
  const seen = await compared(scene)
  t.deepEqual(
    seen.blocked.map(({ code }) => code),
    ['not-ours'],
  )
  t.deepEqual(seen.otherOffers, [`offer-${assetId}`])
  t.like(await published(scene, { adopt: true }), { inStep: true, otherOffers: [`offer-${assetId}`] })
  t.like(await scene.catalogue(), { 'dct:title': 'Word count' })
  t.deepEqual(
    (await unpublished(scene)).removed.map(({ object }) => object),
    ['contract-definition', 'policy', 'asset'],
    'adopted, it is ours',
  )
  await remove(scene, 'contractdefinitions', `offer-${assetId}`)

  // Ours is gone, the other’s goes on offering an asset that has an agreement.
  await published(scene)
  await dataspace.negotiate(assetId)
  await dataspace.publish({ assetId })
  t.like(await published(scene, { adopt: true }), { inStep: true })
  t.deepEqual((await unpublished(scene)).otherOffers, [`offer-${assetId}`])
  t.truthy(await scene.catalogue())
  await remove(scene, 'contractdefinitions', `offer-${assetId}`)
}

async function remove({ dataspace }: PublishingScene, kind: string, id: string): Promise<void> {
  const { url, key } = dataspace.provider
  const response = await fetch(`${url}/v3/${kind}/${encodeURIComponent(id)}`, {
    method: 'DELETE',
    headers: { 'x-api-key': key },
  })
  if (response.status !== 204) throw new Error(`${kind} ${id} was not removed: ${response.status}`)
}
