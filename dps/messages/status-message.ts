import { z } from 'zod'
import type { FlowStatus } from '../data-plane.ts'
import { dataAddressSchema, readDataAddress, type WireDataAddress, writeDataAddress } from './data-address.ts'
import { absent, idSchema, textSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

const stateSchema = z.enum(
  ['INITIALIZED', 'PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED'],
  { error: 'expected a state of a data flow, such as STARTED' },
)

/** DataFlowStatusMessage: the answer to prepare, start and resume, and the body of every callback. RC1 had `dataplaneId` in place of `messageId`. */
export const statusMessageSchema = z.looseObject({
  messageId: absent(idSchema),
  dataFlowId: idSchema,
  state: stateSchema,
  dataAddress: absent(dataAddressSchema),
  error: absent(textSchema),
})

/**
 * Reads a status, for whoever is the control plane.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readStatusMessage(body: unknown): FlowStatus & { readonly messageId?: string } {
  const read = readMessage(statusMessageSchema, 'DataFlowStatusMessage', body)
  return withoutUndefined({
    messageId: read.messageId,
    flowId: read.dataFlowId,
    state: read.state,
    dataAddress: read.dataAddress === undefined ? undefined : readDataAddress(read.dataAddress),
    error: read.error,
  })
}

/** A status as it is written. */
export interface WireStatusMessage {
  readonly messageId: string
  readonly dataFlowId: string
  readonly state: FlowStatus['state']
  readonly dataAddress?: WireDataAddress
  readonly error?: string
}

/**
 * The status on the wire, always with messageId, dataFlowId and state: EDC answers 500 to a callback without state.
 * @param messageId a new one for every message
 */
export function writeStatusMessage(status: FlowStatus, messageId: string): WireStatusMessage {
  return withoutUndefined({
    messageId,
    dataFlowId: status.flowId,
    state: status.state,
    dataAddress: status.dataAddress === undefined ? undefined : writeDataAddress(status.dataAddress),
    error: status.error,
  })
}

/** DataFlowStatusResponseMessage: the answer to `GET …/status`. */
export const statusResponseSchema = z.looseObject({ dataFlowId: idSchema, state: stateSchema })

/** The answer to `GET …/status`. Addresses are not told there. */
export function writeStatusResponse(status: FlowStatus): z.input<typeof statusResponseSchema> {
  return { dataFlowId: status.flowId, state: status.state }
}
