import { z } from 'zod'
import { ServiceError } from '../../core/errors.ts'
import { readBySchema } from '../../core/schema-problems.ts'

/** No id of a connector holds control characters or halves of a surrogate pair; PostgreSQL could not keep them. */
const id = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be free of control characters')

/** What an HTTP provisioner posts (EDC 0.10 without `type`, 0.11 to 0.15 with it). Fields that are of no use here pass unread. */
export const provisionMessageSchema = z.looseObject({
  assetId: id,
  transferProcessId: id,
  resourceDefinitionId: id,
  callbackAddress: z.string().min(1).max(2048),
  type: z.enum(['provision', 'deprovision']).optional(),
})

/**
 * A message of the HTTP provisioner. Nothing in it is trusted beyond its ids: consumer, agreement and parameters are read back
 * from the connector. Without `type` a deprovision looks exactly like the provision before it.
 */
export interface ProvisionMessage {
  readonly type: 'provision' | 'deprovision' | 'unknown'
  readonly assetId: string
  readonly processId: string
  readonly definitionId: string
}

/**
 * Reads a message and holds its callback address against the configured one: a key must never travel to an address that came
 * with a request.
 * @throws ServiceError `invalid-message` or `foreign-callback-address`
 */
export function readProvisionMessage(body: unknown, callbackAddress: string): ProvisionMessage {
  const read = readBySchema(provisionMessageSchema, body)
  if (!read.ok)
    throw new ServiceError('invalid-message', 'The message lacks what a provision request has.', {
      problems: read.problems,
    })
  const message = read.value
  if (message.callbackAddress.replace(/\/+$/, '') !== callbackAddress) {
    throw new ServiceError(
      'foreign-callback-address',
      `Expected ${callbackAddress}; the message names another address.`,
    )
  }
  return {
    type: message.type ?? 'unknown',
    assetId: message.assetId,
    processId: message.transferProcessId,
    definitionId: message.resourceDefinitionId,
  }
}

const eventSchema = z.looseObject({
  payload: z.looseObject({ transferProcessId: id, assetId: id.optional().catch(undefined) }),
})

/** What an event is about. */
export interface EventSubject {
  readonly processId: string
  readonly assetId?: string
}

/**
 * Reads the transfer process that an event is about. Anyone can post an event: it is a hint to look, never a fact.
 * @returns `undefined` where the event is about something else
 */
export function readEvent(body: unknown): EventSubject | undefined {
  const parsed = eventSchema.safeParse(body)
  if (!parsed.success) return undefined
  const { transferProcessId: processId, assetId } = parsed.data.payload
  return assetId === undefined ? { processId } : { processId, assetId }
}
