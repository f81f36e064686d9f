import test from 'ava'
import fc from 'fast-check'
import { DataPlaneError } from '../data-plane.ts'
import { readDocument } from './read-document.ts'

const edc = 'https://w3id.org/edc/v0.0.1/ns/'
const wanted = {
  '@type': 'DataFlowStartMessage',
  processId: 'p',
  tags: ['a', 'b'],
  inner: { endpointType: 'HttpData' },
}

for (const [shape, document] of Object.entries({
  'plain names and @vocab': {
    '@context': { '@vocab': edc, dspace: 'https://w3id.org/dspace/v0.8/' },
    '@type': 'DataFlowStartMessage',
    processId: 'p',
    tags: ['a', 'b'],
    inner: { 'dspace:endpointType': 'HttpData' },
  },
  'names with a prefix': {
    '@context': { edc, dsp: 'https://w3id.org/dspace/2025/1/' },
    '@type': 'edc:DataFlowStartMessage',
    'edc:processId': 'p',
    'edc:tags': ['a', 'b'],
    'edc:inner': { 'dsp:endpointType': 'HttpData' },
  },
  'prefixes in a list of contexts, one of them given by its address': {
    '@context': ['https://example.org/context.jsonld', { e: { '@id': edc } }],
    '@type': ['e:DataFlowStartMessage'],
    'e:processId': 'p',
    'e:tags': ['a', 'b'],
    'e:inner': { 'dspace:endpointType': 'HttpData' },
  },
  'no context': {
    '@type': `${edc}DataFlowStartMessage`,
    processId: 'p',
    [`${edc}tags`]: ['a', 'b'],
    inner: { 'https://w3id.org/dspace/2024/1/endpointType': 'HttpData' },
  },
  expanded: [
    {
      '@type': [`${edc}DataFlowStartMessage`],
      [`${edc}processId`]: [{ '@value': 'p' }],
      [`${edc}tags`]: [{ '@list': [{ '@value': 'a' }, { '@value': 'b' }] }],
      [`${edc}inner`]: [{ 'https://w3id.org/dspace/v0.8/endpointType': [{ '@value': 'HttpData' }] }],
    },
  ],
})) {
  test(`one document in the shape: ${shape}`, (t) => {
    t.deepEqual(readDocument(document), wanted)
  })
}

test('a list of one is its entry, an empty one is absent', (t) => {
  t.deepEqual(readDocument({ one: ['a'], none: [], objects: [{ '@value': 3 }] }), {
    one: 'a',
    none: undefined,
    objects: 3,
  })
})

test('names of other vocabularies keep their IRI', (t) => {
  const read = readDocument({ '@context': { '@vocab': 'https://example.org/' }, processId: 'p', 'urn:x:y': 1 })
  t.deepEqual(read, { 'https://example.org/processId': 'p', 'urn:x:y': 1 })
})

test('names that JavaScript objects have already are names like others', (t) => {
  const read = readDocument(JSON.parse('{"__proto__": {"polluted": true}, "constructor": "c", "toString:x": "y"}'))
  t.deepEqual(Object.keys(read as object), ['__proto__', 'constructor', 'toString:x'])
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
})

test('a message that is nested too deeply is refused, and does not exhaust the stack', (t) => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
  const error = t.throws(() => readDocument(deep), { instanceOf: DataPlaneError })
  t.like(error, { status: 400, code: 'invalid-message' })
})

test('any JSON is read without a fault', (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      readDocument(JSON.parse(text))
    }),
  )
  t.pass()
})
