import test from 'ava'
import { DataPlaneError } from '../data-plane.ts'
import { readAddressMessage, writeAddressMessage } from './address-message.ts'
import { readControlPlaneRegistration, writeControlPlaneRegistration } from './control-plane-registration.ts'
import { readDataPlaneRegistration, writeDataPlaneRegistration } from './data-plane-registration.ts'
import { readReasonMessage, writeReasonMessage } from './reason-message.ts'
import { readStatusMessage, writeStatusMessage, writeStatusResponse } from './status-message.ts'

const address = { endpointType: 'Http', endpoint: 'https://a.example', properties: { authType: 'bearer' } }
const wireAddress = {
  '@type': 'DataAddress',
  endpointType: 'Http',
  endpoint: 'https://a.example',
  endpointProperties: [{ '@type': 'EndpointProperty', name: 'authType', value: 'bearer' }],
}

test('suspend and terminate as EDC 0.18 sends them, and without a body', (t) => {
  t.deepEqual(readReasonMessage('DataFlowSuspendMessage', { messageId: 'm', reason: 'suspend' }), {
    messageId: 'm',
    reason: 'suspend',
  })
  t.deepEqual(readReasonMessage('DataFlowTerminateMessage', { messageId: 'm' }), { messageId: 'm' })
  for (const empty of [undefined, null, {}, { messageId: null, reason: null }])
    t.deepEqual(readReasonMessage('DataFlowTerminateMessage', empty), {})
  t.throws(() => readReasonMessage('DataFlowTerminateMessage', { reason: 7 }), {
    instanceOf: DataPlaneError,
    message: 'This is no DataFlowTerminateMessage: reason: expected a JSON string.',
  })
  t.deepEqual(writeReasonMessage({ messageId: 'm', reason: 'r' }), { messageId: 'm', reason: 'r' })
})

test('started and resume with and without an address; the random processId of EDC’s resume is left alone', (t) => {
  t.deepEqual(readAddressMessage('DataFlowResumeMessage', { messageId: 'm', processId: 'random' }), { messageId: 'm' })
  t.deepEqual(readAddressMessage('DataFlowResumeMessage', { messageId: 'm', dataAddress: wireAddress }), {
    messageId: 'm',
    dataAddress: address,
  })
  t.deepEqual(readAddressMessage('DataFlowStartedNotificationMessage', undefined), {})
  t.throws(() => readAddressMessage('DataFlowResumeMessage', { dataAddress: {} }), {
    message: /DataFlowResumeMessage: dataAddress\.endpointType: is missing/,
  })
  t.deepEqual(writeAddressMessage({ messageId: 'm', dataAddress: address }), {
    messageId: 'm',
    dataAddress: wireAddress,
  })
})

test('a status is written with messageId, dataFlowId and state, and read again', (t) => {
  const status = { flowId: 'f', state: 'STARTED', dataAddress: address } as const
  const wire = writeStatusMessage(status, 'm')
  t.deepEqual(wire, { messageId: 'm', dataFlowId: 'f', state: 'STARTED', dataAddress: wireAddress } as const)
  t.deepEqual(readStatusMessage(wire), { ...status, messageId: 'm' })
  t.deepEqual(writeStatusMessage({ flowId: 'f', state: 'STARTING', error: 'no disk' }, 'm'), {
    messageId: 'm',
    dataFlowId: 'f',
    state: 'STARTING',
    error: 'no disk',
  })
})

test('a status of RC1 has dataplaneId in place of messageId; one without a state is none', (t) => {
  t.deepEqual(readStatusMessage({ dataplaneId: 'dp', dataFlowId: 'f', state: 'PREPARED' }), {
    flowId: 'f',
    state: 'PREPARED',
  })
  for (const body of [{ dataFlowId: 'f' }, { dataFlowId: 'f', state: 'RUNNING' }, { state: 'STARTED' }, undefined])
    t.throws(() => readStatusMessage(body), { instanceOf: DataPlaneError })
})

test('the answer to a question for the status tells no address', (t) => {
  t.deepEqual(writeStatusResponse({ flowId: 'f', state: 'STARTED', dataAddress: address, error: 'x' }), {
    dataFlowId: 'f',
    state: 'STARTED',
  })
})

test('a data plane registers with both names of its profiles', (t) => {
  const dataPlane = { dataplaneId: 'dp', endpoint: 'http://dp.example/dps/v1/dataflows', profiles: ['Compute-PULL'] }
  const wire = writeDataPlaneRegistration(dataPlane)
  t.deepEqual(wire, { ...dataPlane, transferTypes: ['Compute-PULL'], labels: [] })
  t.deepEqual(readDataPlaneRegistration(wire), { ...dataPlane, labels: [] })
  const { profiles: _, ...rc2 } = wire
  t.deepEqual(readDataPlaneRegistration(rc2).profiles, ['Compute-PULL'])
  t.throws(() => readDataPlaneRegistration({ ...rc2, transferTypes: undefined }), { message: /profiles: is missing/ })
  const authorization = { type: 'oauth2_client_credentials', tokenEndpoint: 'https://idp.example/token' }
  t.deepEqual(writeDataPlaneRegistration({ ...dataPlane, authorization, labels: ['gold'] }), {
    ...wire,
    labels: ['gold'],
    authorization,
  })
})

test('a control plane’s registration', (t) => {
  const registration = { controlplaneId: 'cp', endpoint: 'https://cp.example/signaling' }
  t.deepEqual(readControlPlaneRegistration(writeControlPlaneRegistration(registration)), registration)
  t.deepEqual(readControlPlaneRegistration({ ...registration, authorization: { type: 'x', more: 1 } }).authorization, {
    type: 'x',
    more: 1,
  })
  for (const wrong of ['cp.example', '/signaling', 'file:///etc/passwd', 'https://user:pass@cp.example'])
    t.throws(() => readControlPlaneRegistration({ ...registration, endpoint: wrong }), {
      message: /endpoint: expected/,
    })
})
