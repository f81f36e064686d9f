import { z } from 'zod'
import type { FlowMessage } from '../data-plane.ts'
import { dataAddressSchema, readDataAddress, writeDataAddress } from './data-address.ts'
import { absent, idSchema, urlSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

/**
 * Which names a control plane or data plane of plain DPS uses: RC2 (`transferType`, `callbackAddress`; RC1 the same; EDC 0.16 to
 * 0.18) or RC3 (`profile`, no `callbackAddress`).
 */
export type Generation = 'rc2' | 'rc3'

const objectSchema = z.record(z.string(), z.unknown())

/**
 * DataFlowBaseMessage of both generations. Only what a flow cannot do without is required: EDC 0.16 sends no `claims`, and fields
 * that are not known pass unread.
 */
export const flowMessageSchema = z
  .looseObject({
    messageId: idSchema,
    processId: idSchema,
    agreementId: idSchema,
    datasetId: idSchema,
    participantId: absent(idSchema),
    counterPartyId: absent(idSchema),
    dataspaceContext: absent(idSchema),
    profile: absent(idSchema),
    transferType: absent(idSchema),
    callbackAddress: absent(urlSchema),
    claims: absent(objectSchema),
    labels: absent(z.array(z.string().max(1024)).max(1000)),
    metadata: absent(objectSchema),
    dataAddress: absent(dataAddressSchema),
  })
  .refine(({ profile, transferType }) => (profile ?? transferType) !== undefined, {
    path: ['profile'],
    error: 'is missing, and so is transferType, its name before',
  })

/**
 * Reads the body of `prepare` and `start`.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readFlowMessage(name: string, body: unknown): FlowMessage {
  const read = readMessage(flowMessageSchema, name, body)
  const { messageId, processId, agreementId, datasetId, participantId, counterPartyId, dataspaceContext } = read
  return withoutUndefined({
    messageId,
    processId,
    agreementId,
    datasetId,
    participantId,
    counterPartyId,
    dataspaceContext,
    profile: read.profile ?? read.transferType ?? '',
    callbackAddress: read.callbackAddress,
    claims: read.claims ?? {},
    labels: read.labels ?? [],
    metadata: read.metadata ?? {},
    dataAddress: read.dataAddress === undefined ? undefined : readDataAddress(read.dataAddress),
  })
}

/** The body as a control plane of that generation sends it. */
export function writeFlowMessage(message: FlowMessage, generation: Generation): Readonly<Record<string, unknown>> {
  const { profile, callbackAddress, dataAddress, sourceAddress: _, ...same } = message
  return withoutUndefined({
    ...same,
    ...(generation === 'rc3' ? { profile } : { transferType: profile, callbackAddress }),
    dataAddress: dataAddress === undefined ? undefined : writeDataAddress(dataAddress),
  })
}
