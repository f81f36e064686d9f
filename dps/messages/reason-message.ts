import { z } from 'zod'
import type { ReasonMessage } from '../data-plane.ts'
import { absent, idSchema, textSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

/** DataFlowSuspendMessage and DataFlowTerminateMessage. EDC 0.18 gives no reason with a termination. */
export const reasonMessageSchema = z.looseObject({ messageId: absent(idSchema), reason: absent(textSchema) })

/**
 * Reads the body of `suspend` or `terminate`. Without a body it says nothing.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readReasonMessage(name: string, body: unknown): ReasonMessage {
  const { messageId, reason } = readMessage(reasonMessageSchema, name, body ?? {})
  return withoutUndefined({ messageId, reason })
}

/** The body as a control plane sends it. */
export function writeReasonMessage({ messageId, reason }: ReasonMessage): Readonly<Record<string, unknown>> {
  return withoutUndefined({ messageId, reason })
}
