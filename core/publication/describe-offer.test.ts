import test from 'ava'
import { fullAsset, leastAsset } from '../../test/support/example-asset.ts'
import { compileParameters } from '../asset/parameters.ts'
import { computeAssetSchema } from '../asset/schema.ts'
import { type OfferAccess, provisionerAccess } from './access.ts'
import { describeOffer } from './describe-offer.ts'
import { transferExample } from './transfer-example.ts'

const own = 'urn:dataspace-compute:'

function read(document: object, access: OfferAccess = provisionerAccess): Readonly<Record<string, unknown>> {
  return { ...describeOffer(computeAssetSchema.parse(document), access) }
}

function inside(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return JSON.parse(String(properties[own + name]))
}

test('everything that concerns a consumer is told', (t) => {
  const properties = read(fullAsset)
  t.like(properties, {
    name: 'Word count',
    version: '1.2.3-rc.1',
    description: 'Counts',
    [`${own}kind`]: 'ComputeAsset',
  })
  t.deepEqual(properties['http://www.w3.org/ns/dcat#keyword'], ['text'])
  t.deepEqual(inside(properties, 'parameters'), {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { TOP: { type: 'integer', default: 5 } },
    additionalProperties: false,
  })
  t.deepEqual(inside(properties, 'outputs'), [
    { name: 'counts.json', kind: 'file', required: true, mediaType: 'application/json' },
    { name: 'plots', kind: 'directory', required: false },
  ])
  t.like(inside(properties, 'resources'), { cpu: '500m', gpu: { resource: 'nvidia.com/gpu', count: 2 } })
  t.like(inside(properties, 'limits'), { timeoutSeconds: 90, retentionSeconds: 86_400, outputBytes: 5 * 2 ** 20 })
  t.is(properties['contenttype'], undefined, 'two outputs have no one type')
})

test('nothing that concerns only the provider is told', (t) => {
  const text = JSON.stringify(read(fullAsset))
  for (const secret of [
    'registry',
    'count.mjs',
    '.env',
    'LANGUAGE',
    'MODEL_KEY',
    'example.org',
    'models',
    'gvisor',
    'ssd',
  ])
    t.false(text.includes(secret), secret)
})

test('an asset that says little says what is needed', (t) => {
  const properties = read(leastAsset)
  t.deepEqual(inside(properties, 'parameters'), {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {},
    additionalProperties: false,
  })
  t.deepEqual(inside(properties, 'transferExample'), { transferType: 'HttpData-PULL' })
  t.regex(String(properties[`${own}usage`]), /a dataDestination is not needed/)
  t.false('http://purl.org/dc/terms/description' in properties)
})

const number = { type: 'integer', minimum: 3 }
const schemas: readonly (readonly [schema: Readonly<Record<string, unknown>>, expected: unknown])[] = [
  [{ A: { type: 'integer', default: 7 } }, { A: 7 }],
  [
    { A: { type: 'string', enum: ['x', 'y'] }, B: number, C: { type: 'boolean' } },
    { A: 'x', B: 3, C: true },
  ],
  [{ A: { type: 'string', pattern: '^q' } }, {}],
]
for (const [properties, expected] of schemas) {
  test(`the example for ${JSON.stringify(properties)} is accepted`, (t) => {
    const parameters = { type: 'object', properties }
    const values: unknown = JSON.parse(transferExample(parameters, provisionerAccess).dataDestination?.params ?? 'null')
    t.deepEqual(values, expected)
    const compiled = compileParameters(parameters)
    t.true(compiled.ok && compiled.schema.check(values).ok)
  })
}

test('where no example is easily found there is none', (t) => {
  const parameters = { type: 'object', properties: { A: { type: 'string', pattern: '^q' } }, required: ['A'] }
  t.is(transferExample(parameters, provisionerAccess).dataDestination, undefined)
})

const pull = { transferType: 'Compute-PULL', type: 'pull', start: 'async' } as const
const push = { transferType: 'Compute-PUSH', type: 'push', start: 'async' } as const

test('through a data plane: its transfer types, and where the consumer’s own comes in', (t) => {
  const properties = read(fullAsset, { transfers: [push, pull], told: 'data-plane' })
  t.deepEqual(inside(properties, 'transferExample'), {
    transferType: 'Compute-PULL',
    dataDestination: { type: 'ComputeInput', params: '{"TOP":5}' },
  })
  const usage = String(properties[`${own}usage`])
  t.regex(usage, /type Compute-PULL with a dataDestination such as .*, or with params in the data address of your data/)
  t.regex(usage, /STARTED, the result is there\. Your data plane is told its data address/)
  t.regex(usage, /For Compute-PUSH the result goes to the data address of your data plane/)
  t.notRegex(usage, /HttpData|edrs|202/)
})

test('what starts at once is there later', (t) => {
  const usage = read(fullAsset, { transfers: [{ ...pull, start: 'sync' }], told: 'connector' })[`${own}usage`]
  t.regex(String(usage), /STARTED at once\. Your connector .* It answers 202 until the result is there\./)
  t.notRegex(String(usage), /PUSH/)
})

test('what is pushed only has no address to read', (t) => {
  const properties = read(fullAsset, { transfers: [push], told: 'data-plane' })
  t.deepEqual(inside(properties, 'transferExample'), { transferType: 'Compute-PUSH' })
  t.regex(String(properties[`${own}usage`]), /type Compute-PUSH with params in the data address of your data plane\n/)
  t.notRegex(String(properties[`${own}usage`]), /GET|dataDestination/)
  t.regex(String(read(leastAsset, { transfers: [push], told: 'data-plane' })[`${own}usage`]), /needs no params/)
})
