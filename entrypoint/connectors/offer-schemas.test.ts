import test from 'ava'
import { assetSchema, definitionSchema } from './offer-schemas.ts'

test('an asset as EDC 0.18 answers it in version 4', (t) => {
  const answered = {
    '@id': 'sum',
    '@type': 'Asset',
    properties: { id: 'sum', name: 'Sum', 'dct:title': 'Sum', 'dcat:keyword': 'one', 'urn:x:kind': 'y', 'a:b': 'c' },
    privateProperties: { 'urn:x:managedBy': 'z' },
    dataplaneMetadata: { '@type': 'DataplaneMetadata', profiles: ['Compute-PULL'] },
    '@context': ['https://w3id.org/edc/connector/management/v2'],
  }
  t.deepEqual(assetSchema.parse(answered), {
    id: 'sum',
    properties: {
      id: 'sum',
      name: 'Sum',
      'http://purl.org/dc/terms/title': 'Sum',
      'http://www.w3.org/ns/dcat#keyword': 'one',
      'urn:x:kind': 'y',
      'a:b': 'c',
    },
    privateProperties: { 'urn:x:managedBy': 'z' },
    dataAddress: {},
    dataplaneMetadata: { labels: [], profiles: ['Compute-PULL'], properties: {} },
  })
})

test('in version 3 its lists of one are none, and an asset of the HTTP provisioner has no metadata', (t) => {
  const metadata = { labels: 'gold', profiles: ['A-PULL', 'B-PULL'] }
  t.deepEqual(assetSchema.parse({ '@id': 'sum', dataplaneMetadata: metadata }).dataplaneMetadata, {
    labels: ['gold'],
    profiles: ['A-PULL', 'B-PULL'],
    properties: {},
  })
  t.false('dataplaneMetadata' in assetSchema.parse({ '@id': 'sum', dataAddress: { type: 'HttpProvision' } }))
})

test('conditions come alone or in a list', (t) => {
  const criterion = { operandLeft: 'a', operator: '=', operandRight: 'b' }
  const definition = { '@id': 'offer', accessPolicyId: 'p', contractPolicyId: 'q' }
  const selectorOf = (assetsSelector?: unknown): unknown =>
    definitionSchema.parse({ ...definition, assetsSelector }).selector
  t.deepEqual(selectorOf(criterion), [criterion])
  t.deepEqual(selectorOf([criterion]), [criterion])
  t.deepEqual(selectorOf(), [])
})
