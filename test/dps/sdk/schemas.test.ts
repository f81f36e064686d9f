import test, { type ExecutionContext } from 'ava'
import { anyCaller } from '../../../dps/auth/check-caller.ts'
import type { DataPlane, FlowMessage, FlowState, FlowStatus } from '../../../dps/data-plane.ts'
import { writeAddressMessage } from '../../../dps/messages/address-message.ts'
import {
  readControlPlaneRegistration,
  writeControlPlaneRegistration,
} from '../../../dps/messages/control-plane-registration.ts'
import { readDataPlaneRegistration, writeDataPlaneRegistration } from '../../../dps/messages/data-plane-registration.ts'
import { readFlowMessage, writeFlowMessage } from '../../../dps/messages/flow-message.ts'
import { writeReasonMessage } from '../../../dps/messages/reason-message.ts'
import { writeStatusMessage } from '../../../dps/messages/status-message.ts'
import { dataPlaneHandler } from '../../../dps/server/handle.ts'
import { dpsSchemas } from '../../support/dps-parts.ts'
import { type Oracle, readOracle } from './schemas.ts'

const generations = ['rc2', 'rc3'] as const

/** A test by the published schemas of each generation, skipped without them. */
function bySchemas(
  title: string,
  body: (t: ExecutionContext, oracle: Oracle, generation: 'rc2' | 'rc3') => Promise<void> | void,
): void {
  const folder = dpsSchemas
  for (const generation of generations)
    if (folder === undefined) test.skip(`${generation}: ${title} (DPS_SCHEMAS names no schemas)`, () => undefined)
    else test(`${generation}: ${title}`, async (t) => body(t, await readOracle(folder, generation), generation))
}

const states: readonly FlowState[] = [
  'INITIALIZED',
  'PREPARING',
  'PREPARED',
  'STARTING',
  'STARTED',
  'SUSPENDED',
  'COMPLETED',
  'TERMINATED',
]
const addresses = [
  undefined,
  { endpointType: 'HttpData', endpoint: 'https://p.example/r', properties: {} },
  { endpointType: 'HttpData', endpoint: 'https://p.example/r', properties: { authType: 'bearer', authorization: 'T' } },
]
const message: FlowMessage = {
  messageId: 'm',
  processId: 'p',
  agreementId: 'a',
  datasetId: 'd',
  participantId: 'provider',
  counterPartyId: 'consumer',
  dataspaceContext: 'dataspace-protocol-http:2025-1',
  profile: 'Compute-PULL',
  callbackAddress: 'https://cp.example/signaling',
  claims: { client_id: 'consumer' },
  labels: ['gold'],
  metadata: { list: [1, { deep: true }] },
}
const authorization = {
  type: 'oauth2_client_credentials',
  tokenEndpoint: 'https://idp.example/token',
  clientId: 'cp',
  clientSecret: 'secret',
}

function valid(t: ExecutionContext, oracle: Oracle, schema: string, body: unknown): void {
  t.is(oracle(schema, body), undefined, `${schema}: ${JSON.stringify(body)}`)
}

bySchemas('every status that is told', (t, oracle) => {
  for (const state of states)
    for (const dataAddress of addresses)
      for (const error of [undefined, '', 'the disk is full']) {
        const status: FlowStatus = {
          flowId: 'p',
          state,
          ...(dataAddress === undefined ? {} : { dataAddress }),
          ...(error === undefined ? {} : { error }),
        }
        valid(t, oracle, 'DataFlowStatusMessage', writeStatusMessage(status, 'm'))
      }
})

bySchemas('every answer of the handler that has a body', async (t, oracle, generation) => {
  for (const dataAddress of addresses)
    for (const [kind, state] of [
      ['prepare', 'PREPARED'],
      ['prepare', 'PREPARING'],
      ['start', 'STARTED'],
      ['start', 'STARTING'],
      ['p/resume', 'STARTED'],
    ] as const) {
      const status = { flowId: 'p', state, ...(dataAddress === undefined ? {} : { dataAddress }) }
      const handle = dataPlaneHandler({ dataPlane: answering(status), authenticate: anyCaller('cp') })
      const body = writeFlowMessage(message, generation)
      const ask = (method: string, path: string) => handle({ method, path: `/dataflows/${path}`, headers: {}, body })
      valid(t, oracle, 'DataFlowStatusMessage', (await ask('POST', kind)).body)
      valid(t, oracle, 'DataFlowStatusResponseMessage', (await ask('GET', 'p/status')).body)
    }
})

bySchemas('registrations in both directions', (t, oracle) => {
  const dataPlane = { dataplaneId: 'dp', endpoint: 'https://dp.example/dps/v1/dataflows', profiles: ['Compute-PULL'] }
  for (const labels of [undefined, ['gold']])
    valid(
      t,
      oracle,
      'DataPlaneRegistrationMessage',
      writeDataPlaneRegistration({ ...dataPlane, authorization, ...(labels === undefined ? {} : { labels }) }),
    )
  const controlPlane = { controlplaneId: 'cp', endpoint: 'https://cp.example/signaling', authorization }
  valid(t, oracle, 'ControlPlaneRegistrationMessage', writeControlPlaneRegistration(controlPlane))
})

bySchemas('what a control plane sends', (t, oracle, generation) => {
  for (const dataAddress of addresses) {
    const address = dataAddress === undefined ? {} : { dataAddress }
    valid(t, oracle, 'DataFlowStartMessage', writeFlowMessage({ ...message, ...address }, generation))
    valid(t, oracle, 'DataFlowStartedNotificationMessage', writeAddressMessage({ messageId: 'm', ...address }))
    valid(t, oracle, 'DataFlowResumeMessage', writeAddressMessage({ messageId: 'm', ...address }))
  }
  valid(t, oracle, 'DataFlowPrepareMessage', writeFlowMessage(message, generation))
  for (const reason of [{}, { reason: 'a break' }]) {
    valid(t, oracle, 'DataFlowSuspendMessage', writeReasonMessage({ messageId: 'm', ...reason }))
    valid(t, oracle, 'DataFlowTerminateMessage', writeReasonMessage({ messageId: 'm', ...reason }))
  }
})

bySchemas('the least that the schemas ask for is read', (t, oracle, generation) => {
  const { labels: _, metadata: __, ...least } = writeFlowMessage(message, generation)
  const flow = { ...least, claims: {} }
  valid(t, oracle, 'DataFlowStartMessage', flow)
  t.is(readFlowMessage('DataFlowStartMessage', flow).profile, 'Compute-PULL')
  const registered = {
    dataplaneId: 'dp',
    endpoint: 'https://dp.example',
    [generation === 'rc3' ? 'profiles' : 'transferTypes']: [],
    authorization: { type: 'x' },
  }
  valid(t, oracle, 'DataPlaneRegistrationMessage', registered)
  t.deepEqual(readDataPlaneRegistration(registered).profiles, [])
  const controlPlane = { controlplaneId: 'cp', endpoint: 'https://cp.example', authorization: { type: 'x' } }
  valid(t, oracle, 'ControlPlaneRegistrationMessage', controlPlane)
  t.deepEqual(readControlPlaneRegistration(controlPlane), controlPlane)
})

bySchemas('the schemas refuse what is wrong', (t, oracle, generation) => {
  const { messageId: _, ...anonymous } = writeStatusMessage({ flowId: 'p', state: 'STARTED' }, 'm')
  t.regex(oracle('DataFlowStatusMessage', anonymous) ?? '', /messageId/)
  const dataAddress = { endpointType: 'x', endpoint: 'https://p.example', endpointProperties: [] }
  t.regex(oracle('DataFlowStartMessage', { ...writeFlowMessage(message, generation), dataAddress }) ?? '', /@type/)
  const other = writeFlowMessage(message, generation === 'rc2' ? 'rc3' : 'rc2')
  t.regex(oracle('DataFlowPrepareMessage', other) ?? '', generation === 'rc2' ? /transferType/ : /profile/)
})

/** A data plane that answers everything with one status. */
function answering(status: FlowStatus): DataPlane {
  const nothing = async (): Promise<void> => undefined
  const always = async (): Promise<FlowStatus> => status
  return {
    prepare: always,
    start: always,
    started: nothing,
    suspend: nothing,
    resume: always,
    terminate: nothing,
    completed: nothing,
    status: always,
  }
}
