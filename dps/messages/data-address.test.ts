import test from 'ava'
import fc from 'fast-check'
import { dataAddressSchema, edcNamespace, readDataAddress, writeDataAddress } from './data-address.ts'
import { readMessage } from './read.ts'

const read = (wire: unknown) => readDataAddress(readMessage(dataAddressSchema, 'DataAddress', wire))

test('an address of the specification', (t) => {
  t.deepEqual(
    read({
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: 'https://example.com',
      endpointProperties: [
        { '@type': 'EndpointProperty', name: 'authorization', value: 'TOKEN-123' },
        { name: 'authType', value: 'bearer' },
      ],
    }),
    {
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: 'https://example.com',
      properties: { authorization: 'TOKEN-123', authType: 'bearer' },
    },
  )
})

test('the consumer’s dataDestination of a pull, as EDC 0.18 sends it', (t) => {
  t.deepEqual(
    read({
      endpointType: 'ComputeInput',
      endpoint: null,
      endpointProperties: [
        { name: `${edcNamespace}type`, value: 'ComputeInput' },
        { name: `${edcNamespace}params`, value: '{"EPOCHS":"3"}' },
      ],
      '@type': 'DataAddress',
    }),
    { endpointType: 'ComputeInput', properties: { type: 'ComputeInput', params: '{"EPOCHS":"3"}' } },
  )
})

test('the plain name of a property goes before the one with the namespace, wherever each stands', (t) => {
  const plain = { name: 'token', value: 'plain' }
  const prefixed = { name: `${edcNamespace}token`, value: 'prefixed' }
  for (const endpointProperties of [
    [plain, prefixed],
    [prefixed, plain],
  ])
    t.is(read({ endpointType: 'x', endpointProperties }).properties['token'], 'plain')
  t.is(read({ endpointType: 'x', endpointProperties: [prefixed] }).properties['token'], 'prefixed')
})

test('an endpoint that travelled as a property is found', (t) => {
  const endpointProperties = [{ name: `${edcNamespace}endpoint`, value: 'https://a.example' }]
  t.is(read({ endpointType: 'x', endpoint: null, endpointProperties }).endpoint, 'https://a.example')
  t.is(read({ endpointType: 'x', endpoint: 'https://b.example', endpointProperties }).endpoint, 'https://b.example')
})

test('what is left out or null is no reason to refuse; other kinds of value become texts', (t) => {
  t.deepEqual(read({ endpointType: 'x' }), { endpointType: 'x', properties: {} })
  t.deepEqual(
    read({
      endpointType: 'x',
      endpointProperties: [
        { name: 'nothing', value: null },
        { name: 'seconds', value: 300 },
        { name: 'secure', value: true },
      ],
    }),
    { endpointType: 'x', properties: { seconds: '300', secure: 'true' } },
  )
})

test('what is no address is refused by name and without its values', (t) => {
  for (const [wire, said] of [
    [{ endpoint: 'https://secret.example' }, /endpointType: is missing/],
    [{ endpointType: '' }, /endpointType: is empty/],
    [{ endpointType: 'x', endpoint: 7 }, /endpoint: expected a JSON string/],
    [{ endpointType: 'x', endpointProperties: { name: 'secret' } }, /endpointProperties: expected a list/],
    [{ endpointType: 'x', endpointProperties: [{ value: 'secret' }] }, /endpointProperties\[0\]\.name: is missing/],
    [{ endpointType: 'x', endpointProperties: [{ name: 'n', value: { secret: 1 } }] }, /value: expected a text/],
    ['https://secret.example', /expected a JSON object/],
  ] as const) {
    const error = t.throws(() => read(wire), { code: 'invalid-message', message: said })
    t.notRegex(error?.message ?? '', /secret/)
  }
})

test('it is written with types, plain names and texts', (t) => {
  t.deepEqual(writeDataAddress({ endpointType: 'x', endpoint: 'https://a.example', properties: { a: '1' } }), {
    '@type': 'DataAddress',
    endpointType: 'x',
    endpoint: 'https://a.example',
    endpointProperties: [{ '@type': 'EndpointProperty', name: 'a', value: '1' }],
  })
  t.deepEqual(writeDataAddress({ endpointType: 'x', properties: {} }), { '@type': 'DataAddress', endpointType: 'x' })
})

test('what is written is read as it was', (t) => {
  const name = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text !== 'endpoint' && text !== '__proto__')
  fc.assert(
    fc.property(
      fc.record({
        endpointType: fc.string({ minLength: 1 }),
        endpoint: fc.webUrl(),
        properties: fc.dictionary(name, fc.string(), { noNullPrototype: true }),
      }),
      (address) => {
        const wire: unknown = JSON.parse(JSON.stringify(writeDataAddress(address)))
        t.deepEqual(read(wire), address)
      },
    ),
  )
})
