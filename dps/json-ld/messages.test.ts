import test from 'ava'
import { DataPlaneError } from '../data-plane.ts'
import { readFlowMessage, readReasonMessage, startTypeOf, writeFlowResponse, writeFlowState } from './messages.ts'
import { readDocument } from './read-document.ts'

const edc = 'https://w3id.org/edc/v0.0.1/ns/'
const context = { '@vocab': edc, odrl: 'http://www.w3.org/ns/odrl/2/', dspace: 'https://w3id.org/dspace/v0.8/' }
const start = {
  '@context': context,
  '@type': 'DataFlowStartMessage',
  processId: 'p',
  agreementId: 'a',
  datasetId: 'd',
  participantId: 'consumer',
  flowType: 'PULL',
  callbackAddress: 'http://provider:9191/control',
  properties: {},
  sourceDataAddress: { '@type': 'dspace:DataAddress', 'dspace:endpointType': 'ComputeAsset' },
}
const read = (fields: Readonly<Record<string, unknown>>) =>
  readFlowMessage('DataFlowStartMessage', { ...start, ...fields })

for (const [version, fields, profile] of [
  [
    '0.6, which names the flow type alone',
    { destinationDataAddress: { type: 'AmazonS3' }, flowType: 'PUSH' },
    'AmazonS3-PUSH',
  ],
  ['0.7, without a destination', {}, 'ComputeAsset-PULL'],
  ['0.8 to 0.10', { transferTypeDestination: 'HttpData' }, 'HttpData-PULL'],
  ['0.11 to 0.15', { transferTypeDestination: 'HttpData', responseChannel: 'Websocket' }, 'HttpData-PULL-Websocket'],
  ['0.16 to 0.18', { transferType: 'Compute-PULL', transferTypeDestination: 'Compute' }, 'Compute-PULL'],
] as const) {
  test(`the transfer type as EDC ${version}, says it`, (t) => {
    t.is(read(fields).profile, profile)
  })
}

test('what only later or only earlier versions send may be absent', (t) => {
  const { participantId: _, sourceDataAddress: __, callbackAddress: ___, properties: ____, ...bare } = start
  const { messageId, ...message } = readFlowMessage('DataFlowStartMessage', bare)
  t.deepEqual(message, {
    processId: 'p',
    agreementId: 'a',
    datasetId: 'd',
    profile: 'HttpData-PULL',
    claims: {},
    labels: [],
    metadata: {},
  })
  t.truthy(messageId)
})

test('a message without an id gets one of its own each time', (t) => {
  t.not(read({}).messageId, read({}).messageId)
  t.is(read({ '@id': 'urn:m' }).messageId, 'urn:m')
})

test('an address in EDC’s own shape, with a value that is an address itself', (t) => {
  const { sourceAddress } = read({
    sourceDataAddress: { '@type': 'DataAddress', type: 'Kafka', topic: 't', responseChannel: { type: 'Websocket' } },
  })
  t.deepEqual(sourceAddress, {
    endpointType: 'Kafka',
    properties: { topic: 't', responseChannel: '{"type":"Websocket"}' },
  })
})

test('properties of the message are its metadata', (t) => {
  t.deepEqual(read({ properties: { [`${edc}tier`]: 'gold' } }).metadata, { tier: 'gold' })
})

test('both messages come to the same path in EDC 0.14', (t) => {
  t.is(startTypeOf(start), 'DataFlowStartMessage')
  t.is(startTypeOf([{ '@type': [`${edc}DataFlowProvisionMessage`] }]), 'DataFlowProvisionMessage')
  t.like(
    t.throws(() => startTypeOf({ '@type': 'DataFlowTerminateMessage' }), { instanceOf: DataPlaneError }),
    { status: 400 },
  )
  for (const none of [undefined, null, 'text', 3]) t.throws(() => startTypeOf(none), { instanceOf: DataPlaneError })
})

test('a provision message is about the consumer’s own side, and names its destination otherwise', (t) => {
  const message = readFlowMessage('DataFlowProvisionMessage', {
    ...start,
    '@type': 'DataFlowProvisionMessage',
    flowType: 'PUSH',
    destination: { 'dspace:endpointType': 'HttpData' },
  })
  t.is(message.participantId, 'consumer')
  t.is(message.counterPartyId, undefined)
  t.deepEqual(message.dataAddress, { endpointType: 'HttpData', properties: {} })
})

test('every field that is wrong is named, and no value is repeated', (t) => {
  const error = t.throws(
    () => read({ processId: undefined, flowType: 'SIDEWAYS', callbackAddress: 'file:///etc/passwd' }),
    {
      instanceOf: DataPlaneError,
    },
  )
  t.regex(error.message, /processId: is missing/)
  t.regex(error.message, /flowType: expected PUSH or PULL/)
  t.regex(error.message, /callbackAddress/)
  t.notRegex(error.message, /SIDEWAYS|passwd/)
})

test('suspensions and terminations have a reason at most', (t) => {
  t.deepEqual(readReasonMessage('DataFlowSuspendMessage', undefined), {})
  t.deepEqual(readReasonMessage('DataFlowSuspendMessage', { '@type': 'DataFlowSuspendMessage' }), {})
  t.deepEqual(readReasonMessage('DataFlowTerminateMessage', [{ [`${edc}reason`]: [{ '@value': 'enough' }] }]), {
    reason: 'enough',
  })
})

test('the address stands in the response in both namespaces, with names that reach the consumer', (t) => {
  const dataAddress = {
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    endpoint: 'https://us/1',
    properties: { authorization: 't' },
  }
  const response = writeFlowResponse({ flowId: 'p', state: 'STARTED', dataAddress })
  const properties = [
    { name: `${edc}authorization`, value: 't' },
    { name: `${edc}endpoint`, value: 'https://us/1' },
    { name: `${edc}endpointType`, value: 'https://w3id.org/idsa/v4.1/HTTP' },
  ]
  for (const namespace of ['dspace:', 'https://w3id.org/dspace/2025/1/']) {
    t.like(response['dataAddress'], {
      [`${namespace}endpointType`]: 'https://w3id.org/idsa/v4.1/HTTP',
      [`${namespace}endpointProperties`]: properties.map(({ name, value }) => ({
        '@type': `${namespace}EndpointProperty`,
        [`${namespace}name`]: name,
        [`${namespace}value`]: value,
      })),
    })
  }
  t.like(readDocument(response), { '@type': 'DataFlowResponseMessage', provisioning: false })
})

test('a start that is not done says so', (t) => {
  t.is(writeFlowResponse({ flowId: 'p', state: 'STARTING' })['provisioning'], true)
  t.is(writeFlowResponse({ flowId: 'p', state: 'PREPARING' })['provisioning'], true)
  t.is(writeFlowResponse({ flowId: 'p', state: 'STARTED' })['provisioning'], false)
  t.like(writeFlowState({ flowId: 'p', state: 'SUSPENDED' }), { '@type': 'DataFlowState', state: 'SUSPENDED' })
})
