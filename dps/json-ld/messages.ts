import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { DataPlaneError, type FlowMessage, type FlowStatus, type ReasonMessage } from '../data-plane.ts'
import { edcNamespace } from '../messages/data-address.ts'
import { absent, idSchema, textSchema, urlSchema } from '../messages/fields.ts'
import { readMessage, withoutUndefined } from '../messages/read.ts'
import { jsonLdAddressSchema, writeJsonLdAddress } from './data-address.ts'
import { dspace08 } from './names.ts'
import { readDocument } from './read-document.ts'

/** Types of the messages that begin a flow. */
export type StartType = 'DataFlowStartMessage' | 'DataFlowProvisionMessage'

/** What is common to both; fields that are not known pass unread. */
const flowSchema = z.looseObject({
  '@id': absent(idSchema),
  processId: idSchema,
  agreementId: idSchema,
  datasetId: idSchema,
  /** The consumer; 0.16 to 0.18 leave it out when they resume. */
  participantId: absent(idSchema),
  flowType: z.enum(['PUSH', 'PULL'], { error: 'expected PUSH or PULL' }),
  /** From 0.16 on. */
  transferType: absent(idSchema),
  /** From 0.8 on. */
  transferTypeDestination: absent(idSchema),
  /** From 0.11 on, where the transfer type has one. */
  responseChannel: absent(idSchema),
  callbackAddress: absent(urlSchema),
  properties: absent(z.unknown()),
  sourceDataAddress: absent(jsonLdAddressSchema),
  /** Of a start; the consumer's `dataDestination`, which a pull may have, too. */
  destinationDataAddress: absent(jsonLdAddressSchema),
  /** The same in a provision message. */
  destination: absent(jsonLdAddressSchema),
})

const reasonSchema = z.looseObject({ '@id': absent(idSchema), reason: absent(textSchema) })

/**
 * Which of the two messages a body is: EDC 0.14 posts both to the same path.
 * @throws DataPlaneError 400 `invalid-message` where it says that it is something else
 */
export function startTypeOf(body: unknown): StartType {
  const { '@type': type } = readMessage(
    z.looseObject({ '@type': z.unknown() }),
    'DataFlowStartMessage',
    readDocument(body),
  )
  if (type === undefined || type === 'DataFlowStartMessage') return 'DataFlowStartMessage'
  if (type === 'DataFlowProvisionMessage') return type
  throw new DataPlaneError(400, 'invalid-message', 'Expected a DataFlowStartMessage or a DataFlowProvisionMessage.')
}

/**
 * Reads a start or provision message, compact or expanded (EDC 0.6 to 0.18). EDC gives it no id, so it gets one: a repeated start
 * is known by its process alone.
 * @throws DataPlaneError 400 `invalid-message`, which names every field that is wrong
 */
export function readFlowMessage(type: StartType, body: unknown): FlowMessage {
  const read = readMessage(flowSchema, type, readDocument(body))
  const { processId, agreementId, datasetId, callbackAddress, sourceDataAddress } = read
  const destination = read.destinationDataAddress ?? read.destination
  return withoutUndefined({
    messageId: read['@id'] ?? randomUUID(),
    processId,
    agreementId,
    datasetId,
    // a provider's data plane is told who the consumer is, and a consumer's data plane, too: itself
    ...(type === 'DataFlowStartMessage'
      ? { counterPartyId: read.participantId }
      : { participantId: read.participantId }),
    profile: profileOf(read, destination?.endpointType ?? sourceDataAddress?.endpointType ?? 'HttpData'),
    callbackAddress,
    claims: {},
    labels: [],
    metadata: isObject(read.properties) ? read.properties : {},
    dataAddress: destination,
    sourceAddress: sourceDataAddress,
  })
}

/**
 * Reads the body of a suspension or termination, which has a reason at most; EDC sends none.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readReasonMessage(name: string, body: unknown): ReasonMessage {
  if (body === undefined || body === null) return {}
  const { '@id': messageId, reason } = readMessage(reasonSchema, name, readDocument(body))
  return withoutUndefined({ messageId, reason })
}

const context = { '@vocab': edcNamespace, edc: edcNamespace, dspace: dspace08 }

/**
 * The answer to a start or provision message. `provisioning` says that the address comes later; EDC up to 0.13 does not know it and
 * takes every answer for a start, so towards them a flow must be STARTED at once.
 */
export function writeFlowResponse({ state, dataAddress }: FlowStatus): Readonly<Record<string, unknown>> {
  return {
    '@context': context,
    '@type': 'DataFlowResponseMessage',
    provisioning: state === 'STARTING' || state === 'PREPARING',
    ...(dataAddress === undefined ? {} : { dataAddress: writeJsonLdAddress(dataAddress) }),
  }
}

/** The answer to a question for a flow's state. */
export function writeFlowState({ state }: FlowStatus): Readonly<Record<string, unknown>> {
  return { '@context': context, '@type': 'DataFlowState', state }
}

/** The transfer type: as it is written, or put together as EDC takes it apart, `<destination>-<flow type>[-<response channel>]`. */
function profileOf(
  { transferType, transferTypeDestination, flowType, responseChannel }: z.output<typeof flowSchema>,
  destinationType: string,
): string {
  if (transferType !== undefined) return transferType
  const parts = [transferTypeDestination ?? destinationType, flowType, responseChannel]
  return parts.filter((part) => part !== undefined).join('-')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
