import { z } from 'zod'
import type { StartedMessage } from '../data-plane.ts'
import { dataAddressSchema, readDataAddress, writeDataAddress } from './data-address.ts'
import { absent, idSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

/** DataFlowStartedNotificationMessage, and DataFlowResumeMessage, which has the same fields. */
export const addressMessageSchema = z.looseObject({
  messageId: absent(idSchema),
  dataAddress: absent(dataAddressSchema),
})

/**
 * Reads the body of `started` or `resume`. Without a body it says nothing. The processId in EDC's `resume` is a new random one: it is left
 * alone, the flow is that of the path.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readAddressMessage(name: string, body: unknown): StartedMessage {
  const { messageId, dataAddress } = readMessage(addressMessageSchema, name, body ?? {})
  return withoutUndefined({
    messageId,
    dataAddress: dataAddress === undefined ? undefined : readDataAddress(dataAddress),
  })
}

/** The body as a control plane sends it. */
export function writeAddressMessage({ messageId, dataAddress }: StartedMessage): Readonly<Record<string, unknown>> {
  return withoutUndefined({
    messageId,
    dataAddress: dataAddress === undefined ? undefined : writeDataAddress(dataAddress),
  })
}
