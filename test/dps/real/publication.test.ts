import test from 'ava'
import { z } from 'zod'
import { readAsset } from '../../../core/asset/read.ts'
import { secretInFile } from '../../../config/secret-in-file.ts'
import { signalingSchema, signalingSettings } from '../../../config/signaling.ts'
import type { PublicationParts } from '../../../entrypoint/publication/parts.ts'
import { comparePublication, publish } from '../../../entrypoint/publication/publication.ts'
import { publishingConnectors } from '../../../entrypoint/publication/publishing-connectors.ts'
import { unpublish } from '../../../entrypoint/publication/unpublish.ts'
import { compared, published, unpublished } from '../../e2e/published.ts'
import { leastAsset } from '../../support/example-asset.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { writesSum } from '../service/service-stage.ts'
import type { Side } from '../stand-in/pair-under-test.ts'
import type { EdcConnector } from './edc-connector.ts'
import { edcPair } from './edc-pair.ts'
import { type ServicesOnEdc, sinkTypes, startServicesOnEdc } from './services-on-edc.ts'
import { testOnEdc18, withEdcPair } from './testing.ts'

// Offers in the catalogue of EDC 0.18, as `dsc asset publish` makes them. That they can be used, service.test.ts shows.

withEdcPair()

let running: ServicesOnEdc | undefined
test.after.always(async () => running?.close())

type Connectors = Readonly<Record<Side, EdcConnector>>

async function servicesOn(connectors: Connectors): Promise<ServicesOnEdc> {
  running ??= await startServicesOnEdc(connectors)
  return running
}

const context = ['https://w3id.org/edc/connector/management/v2']
const object = z.record(z.string(), z.unknown())

/** A call of a connector's Management API, as its administrator makes it. */
async function manage({ managementUrl, key }: EdcConnector, method: string, path: string, body?: object) {
  const response = await fetch(managementUrl + path, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify({ '@context': context, ...body }) }),
  })
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`)
  return response.status === 204 ? {} : object.parse(await response.json())
}

/** What the consumer reads of an asset in the provider's catalogue; `undefined` where it is not in it. */
async function catalogued({ provider, consumer }: Connectors, id: string) {
  const catalogue = await manage(consumer, 'POST', '/v4/catalog/request', {
    '@type': 'CatalogRequest',
    counterPartyAddress: provider.protocolUrl,
    counterPartyId: provider.name,
    protocol: 'dataspace-protocol-http:2025-1',
    querySpec: {
      '@type': 'QuerySpec',
      filterExpression: [
        {
          '@type': 'Criterion',
          operandLeft: 'urn:dataspace-compute:kind',
          operator: '=',
          operandRight: 'ComputeAsset',
        },
      ],
    },
  })
  const datasets = z.array(object).default([]).parse(catalogue['dataset'])
  return datasets.find((dataset) => dataset['@id'] === id)
}

const steps = (changes: readonly { readonly object: string; readonly action: string }[]): readonly string[] =>
  changes.map((change) => `${change.action} ${change.object}`)
const until = (date: string): object => ({
  permission: [{ action: 'use', constraint: { leftOperand: 'inForceDate', operator: 'lteq', rightOperand: date } }],
})

testOnEdc18('an offer is made once, found with all that it says, and taken out whole', async (t, connectors) => {
  const services = await servicesOn(connectors)
  const parameters = { type: 'object', properties: { TOP: { type: 'integer', minimum: 1 } } } as const
  await services.register('offered', writesSum, { parameters, transfers: ['pull', 'push'] })
  const offer = services.publication('offered')
  t.like(await compared(offer), { inStep: false, publishedVersion: null, blocked: [] })
  t.is(await catalogued(connectors, 'offered'), undefined, 'a comparison writes nothing')

  const first = await published(offer)
  t.deepEqual(steps(first.changes), ['create asset', 'create policy', 'create contract-definition'])
  t.like(first, { inStep: true, publishedVersion: '1.0.0', otherOffers: [], accessPolicy: { open: true } })
  t.deepEqual((await published(offer)).changes, [])
  t.like(await compared(offer), { inStep: true, changes: [] })

  const found = (await catalogued(connectors, 'offered')) ?? {}
  t.like(found, { 'dct:title': 'offered', 'urn:dataspace-compute:kind': 'ComputeAsset' })
  t.deepEqual(JSON.parse(String(found['urn:dataspace-compute:transferExample'])), {
    transferType: 'Compute-PULL',
    dataDestination: { type: 'ComputeInput', params: '{"TOP":1}' },
  })
  t.regex(String(found['urn:dataspace-compute:usage']), /For Compute-PUSH the result goes to/)
  t.notRegex(JSON.stringify(found), /managedBy|HttpData/)
  const { dataplaneMetadata, privateProperties } = await manage(connectors.provider, 'GET', '/v4/assets/offered')
  t.deepEqual(dataplaneMetadata, {
    '@type': 'DataplaneMetadata',
    profiles: ['Compute-PULL', 'Compute-PUSH', sinkTypes.asynchronous],
  })
  t.like(privateProperties, { 'urn:dataspace-compute:managedBy': 'dataspace-compute' })

  const { removed, kept } = await unpublished(offer)
  t.deepEqual(
    removed.map((one) => one.object),
    ['contract-definition', 'policy', 'asset'],
  )
  t.deepEqual(kept, [])
  t.is(await catalogued(connectors, 'offered'), undefined)
  t.deepEqual((await unpublished(offer)).removed, [])
})

testOnEdc18('what others added stays, what they changed of ours is seen and mended', async (t, connectors) => {
  const services = await servicesOn(connectors)
  await services.register('drifting', writesSum, { transfers: ['pull'] })
  const offer = services.publication('drifting')
  await published(offer)
  const there = await manage(connectors.provider, 'GET', '/v4/assets/drifting')
  const license = { 'http://purl.org/dc/terms/license': { '@id': 'https://example.org/licence' } }
  await manage(connectors.provider, 'PUT', '/v4/assets', {
    ...there,
    properties: { ...object.parse(there['properties']), ...license, version: '0.9.0' },
    dataplaneMetadata: { '@type': 'DataplaneMetadata', properties: { theirs: 'x' }, profiles: ['Other-PULL'] },
  })
  const { changes } = await compared(offer)
  t.deepEqual(
    changes.flatMap(({ fields }) => fields),
    [
      {
        field: 'dataplaneMetadata.profiles',
        before: '["Other-PULL"]',
        after: JSON.stringify(['Compute-PULL', sinkTypes.asynchronous]),
      },
      { field: 'version', before: '0.9.0', after: '1.0.0' },
    ],
  )
  t.deepEqual(steps((await published(offer)).changes), ['update asset'])
  t.like(await compared(offer), { inStep: true, changes: [] })
  const { properties, dataplaneMetadata } = await manage(connectors.provider, 'GET', '/v4/assets/drifting')
  t.like(properties, { version: '1.0.0', 'dct:license': { '@id': 'https://example.org/licence' } })
  t.like(dataplaneMetadata, { properties: { theirs: 'x' } })
  await unpublished(offer)
})

testOnEdc18('policies are exchanged, kept, and seen where somebody edited them', async (t, connectors) => {
  const services = await servicesOn(connectors)
  await services.register('guarded', writesSum)
  const offer = services.publication('guarded')
  await published(offer)
  const restricted = await published(offer, { accessPolicy: until('2099-01-01T00:00:00Z') })
  t.deepEqual(steps(restricted.changes), ['update asset', 'create policy', 'update contract-definition'])
  t.like(await published(offer), { changes: [], accessPolicy: { choice: 'kept', open: false, edited: false } })
  t.truthy(await catalogued(connectors, 'guarded'))

  const id = restricted.accessPolicy.id ?? ''
  const path = `/v4/policydefinitions/${encodeURIComponent(id)}`
  const definition = await manage(connectors.provider, 'GET', path)
  const edited = { '@type': 'Set', ...until('2001-01-01T00:00:00Z') }
  await manage(connectors.provider, 'PUT', path, { ...definition, policy: edited })
  t.like(await compared(offer), { inStep: true, accessPolicy: { choice: 'kept', open: false, edited: true } })
  const again = await published(offer, { accessPolicy: until('2099-01-01T00:00:00Z') })
  t.deepEqual(steps(again.changes), ['update policy'])
  t.truthy(await catalogued(connectors, 'guarded'))

  const refused = await offer.call('PUT', { accessPolicy: { '@id': 'nobody' } })
  t.like(refused, { status: 422, body: { code: 'policy-unknown' } })
  const unbound = {
    permission: [{ action: 'use', constraint: { leftOperand: 'x', operator: 'eq', rightOperand: 'y' } }],
  }
  const unknown = await offer.call('PUT', { accessPolicy: unbound })
  t.like(unknown, { status: 422, body: { code: 'connector-refused' } })
  t.regex(JSON.stringify(unknown.body), /leftOperand 'x' is not bound to any functions/)
  t.is((await unpublished(offer)).removed.length, 4)
})

testOnEdc18('an asset with an agreement stays, and what was made by hand is adopted', async (t, connectors) => {
  const services = await servicesOn(connectors)
  const pair = edcPair(connectors)
  await services.register('by-hand', writesSum)
  const offer = services.publication('by-hand')
  await pair.offer({ assetId: 'by-hand' })
  for (const method of ['PUT', 'DELETE'])
    t.like(await offer.call(method, method === 'PUT' ? {} : undefined), { status: 409, body: { code: 'not-ours' } })
  t.like(await published(offer, { adopt: true }), { inStep: true, otherOffers: ['offer-by-hand'] })
  await manage(connectors.provider, 'DELETE', '/v4/contractdefinitions/offer-by-hand')
  t.like(await compared(offer), { inStep: true, otherOffers: [] })

  await pair.request({ assetId: 'by-hand', transferType: 'Compute-PULL' })
  const { removed, kept } = await unpublished(offer)
  t.deepEqual(
    removed.map((one) => one.object),
    ['contract-definition', 'policy'],
  )
  t.regex(kept[0]?.reason ?? '', /referenced by at least one contract agreement/)
  t.is(await catalogued(connectors, 'by-hand'), undefined)
  t.like(await published(offer), { inStep: true, accessPolicy: { choice: 'kept', open: true } })
  t.truthy(await catalogued(connectors, 'by-hand'))
})

for (const form of ['plain', 'json-ld'] as const)
  for (const managementVersion of ['v4', 'v3'] as const)
    testOnEdc18(
      `the form ${form} with version ${managementVersion}: published twice, without a difference, and taken out`,
      async (t, { provider }) => {
        const assetId = `${form}-${managementVersion}`
        const entry = {
          id: 'provider',
          dialect: 'data-plane-signaling',
          form,
          managementVersion,
          signalingUrl: provider.signalingUrl,
          managementUrl: provider.managementUrl,
          apiKey: provider.key,
          labels: ['gold'],
        }
        const settings = signalingSettings(
          signalingSchema.parse(entry),
          () => '',
          secretInFile,
          (field, message) => t.fail(`${field}: ${message}`),
        )
        const transfers = ['pull', 'pull-sync', 'push-sync']
        const metadata = { id: assetId, version: '1.0.0', title: 'Sum', description: 'Adds', keywords: ['one'] }
        const document = { ...leastAsset, metadata, transfers }
        const asset = { ...readAsset(document, undefined, { allowTags: true }), bundled: {} }
        const registeredAt = { registeredAt: 0, enabled: true }
        const record = { id: assetId, version: '1.0.0', document, bundled: {}, bundleId: 'b', ...registeredAt }
        const parts: PublicationParts = {
          connectors: publishingConnectors([settings]),
          versions: async () => [record],
          newest: async () => asset,
          version: async () => asset,
          publicUrl: () => 'https://compute.example',
          logger: recordingLogger(),
        }
        const request = { assetId, connectorId: 'provider' }
        t.is((await publish(parts, request)).changes.length, 3)
        t.deepEqual((await publish(parts, request)).changes, [])
        t.deepEqual((await comparePublication(parts, request)).changes, [])
        const { dataAddress, dataplaneMetadata } = await manage(provider, 'GET', `/v4/assets/${assetId}`)
        const bySource = form === 'json-ld' || managementVersion === 'v3'
        t.is(z.object({ type: z.string() }).optional().parse(dataAddress)?.type, bySource ? 'ComputeAsset' : undefined)
        t.deepEqual(
          dataplaneMetadata,
          form === 'plain'
            ? { '@type': 'DataplaneMetadata', labels: ['gold'], profiles: ['Compute-PULL', 'Compute-PUSH'] }
            : undefined,
        )
        t.is((await unpublish(parts, request)).removed.length, 3)
      },
    )
