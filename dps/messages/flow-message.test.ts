import test from 'ava'
import { DataPlaneError } from '../data-plane.ts'
import { readFlowMessage, writeFlowMessage } from './flow-message.ts'

const read = (body: unknown) => readFlowMessage('DataFlowStartMessage', body)

/** A start as EDC 0.18 sends it (RC2). */
const rc2 = {
  messageId: 'b1d5f9e2-3c4b-4f7a-9c3e-2f1e5d6c7b8a',
  participantId: 'provider',
  counterPartyId: 'consumer',
  dataspaceContext: 'dataspace-protocol-http:2025-1',
  processId: 'p-1',
  agreementId: 'a-1',
  datasetId: 'compute-1',
  callbackAddress: 'http://localhost:19182/api/signaling',
  transferType: 'Compute-PULL',
  labels: ['gold'],
  metadata: { image: 'train:1', memory: 3, nested: { list: ['a', 'b'] } },
  claims: { client_id: 'consumer' },
}

/** The same of RC3. */
const { transferType, callbackAddress, ...common } = rc2
const rc3 = { ...common, profile: transferType }

test('a start of RC2, as EDC 0.18 sends it', (t) => {
  t.deepEqual(read(rc2), { ...common, profile: 'Compute-PULL', callbackAddress })
})

test('a start of RC3: profile, and no callback address', (t) => {
  t.deepEqual(read(rc3), { ...common, profile: 'Compute-PULL' })
})

test('with both names the newer one counts', (t) => {
  t.is(read({ ...rc2, profile: 'https://w3id.org/dspace-sig/profile/http-pull' }).profile.slice(-9), 'http-pull')
})

test('EDC 0.16 sends no claims; labels and metadata may be absent or null', (t) => {
  const { claims: _, labels: __, metadata: ___, ...bare } = rc2
  t.like(read(bare), { claims: {}, labels: [], metadata: {} })
  t.like(read({ ...rc2, claims: null, labels: null, metadata: null, dataAddress: null }), {
    claims: {},
    labels: [],
    metadata: {},
  })
  t.false('dataAddress' in read({ ...rc2, dataAddress: null }))
})

test('metadata is handed on as it came, as EDC has bruised it', (t) => {
  const metadata = { list: 'was a list of one', number: 3.0, nested: { list: ['one'] }, flag: true, none: null }
  t.deepEqual(read({ ...rc2, metadata }).metadata, metadata)
})

test('fields that are not known pass', (t) => {
  t.notThrows(() => read({ ...rc2, '@context': {}, somethingNew: [1] }))
})

test('a push’s destination', (t) => {
  const dataAddress = { endpointType: 'Http', endpoint: 'https://c.example', endpointProperties: [] }
  t.deepEqual(read({ ...rc3, dataAddress }).dataAddress, {
    endpointType: 'Http',
    endpoint: 'https://c.example',
    properties: {},
  })
})

for (const field of ['messageId', 'processId', 'agreementId', 'datasetId'] as const)
  test(`without ${field} it is refused by that name`, (t) => {
    const error = t.throws(() => read({ ...rc2, [field]: undefined }), { instanceOf: DataPlaneError })
    t.like(error, {
      status: 400,
      code: 'invalid-message',
      message: `This is no DataFlowStartMessage: ${field}: is missing.`,
    })
    for (const wrong of ['', 7, null, ['x'], 'a\u0000b', 'a\ud800', 'x'.repeat(1025)])
      t.throws(() => read({ ...rc2, [field]: wrong }), {
        instanceOf: DataPlaneError,
        message: new RegExp(`${field}: `),
      })
  })

test('without either name of the profile it is refused by both', (t) => {
  t.throws(() => read({ ...rc2, transferType: undefined }), { message: /profile: is missing, and so is transferType/ })
})

test('everything that is wrong is said at once, and no value is repeated', (t) => {
  const error = t.throws(() =>
    read({ ...rc2, processId: undefined, labels: 'secret', callbackAddress: 'ftp://secret' }),
  )
  t.is(
    error?.message,
    'This is no DataFlowStartMessage: processId: is missing; callbackAddress: expected an absolute http or https URL without user and password; labels: expected a list.',
  )
})

test('what is no object is refused', (t) => {
  for (const body of [undefined, null, 'text', 7, [rc2]])
    t.throws(() => read(body), { instanceOf: DataPlaneError, code: 'invalid-message' })
})

test('it is written in both generations', (t) => {
  t.deepEqual(writeFlowMessage(read(rc2), 'rc2'), rc2)
  t.deepEqual(writeFlowMessage(read(rc2), 'rc3'), rc3)
  const dataAddress = { endpointType: 'Http', endpoint: 'https://c.example' }
  t.deepEqual(writeFlowMessage(read({ ...rc3, dataAddress }), 'rc3')['dataAddress'], {
    '@type': 'DataAddress',
    ...dataAddress,
  })
})
