import { z } from 'zod'
import { type Authorization, authorizationSchema } from './authorization.ts'
import { absent, idSchema, urlSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

/** What a control plane says of itself to a data plane. */
export interface ControlPlaneRegistration {
  readonly controlplaneId: string
  /** Base of the callbacks. */
  readonly endpoint: string
  readonly authorization?: Authorization
}

/** ControlPlaneRegistrationMessage. */
export const controlPlaneRegistrationSchema = z.looseObject({
  controlplaneId: idSchema,
  endpoint: urlSchema,
  authorization: absent(authorizationSchema),
})

/**
 * Reads the body of `PUT /controlplanes`.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readControlPlaneRegistration(body: unknown): ControlPlaneRegistration {
  const read = readMessage(controlPlaneRegistrationSchema, 'ControlPlaneRegistrationMessage', body)
  const { controlplaneId, endpoint, authorization } = read
  return withoutUndefined({ controlplaneId, endpoint, authorization })
}

/** The registration on the wire. */
export function writeControlPlaneRegistration(
  registration: ControlPlaneRegistration,
): Readonly<Record<string, unknown>> {
  return withoutUndefined({ ...registration })
}
