import { z } from 'zod'
import { type Authorization, authorizationSchema } from './authorization.ts'
import { absent, idSchema, urlSchema } from './fields.ts'
import { readMessage, withoutUndefined } from './read.ts'

/** What a data plane says of itself to a control plane. */
export interface DataPlaneRegistration {
  readonly dataplaneId: string
  /**
   * Where the control plane calls. The specification means the base address; EDC up to 0.18 puts `/start` and the like straight behind
   * it, so for EDC it must end in `/dataflows`, without a slash.
   */
  readonly endpoint: string
  /** The transfer profiles (RC3), which were transfer types before. */
  readonly profiles: readonly string[]
  /** Select among data planes of one profile. Without them EDC takes any of these. */
  readonly labels?: readonly string[]
  /** How the control plane gets its tokens, and checks ours. Without it EDC authenticates in neither direction. */
  readonly authorization?: Authorization
}

const listSchema = z.array(z.string().min(1).max(1024)).max(1000)

/** DataPlaneRegistrationMessage of both generations. */
export const dataPlaneRegistrationSchema = z
  .looseObject({
    dataplaneId: idSchema,
    endpoint: urlSchema,
    profiles: absent(listSchema),
    transferTypes: absent(listSchema),
    labels: absent(listSchema),
    authorization: absent(authorizationSchema),
  })
  .refine(({ profiles, transferTypes }) => (profiles ?? transferTypes) !== undefined, {
    path: ['profiles'],
    error: 'is missing, and so is transferTypes, its name before',
  })

/**
 * Reads a registration, for whoever is the control plane.
 * @throws DataPlaneError 400 `invalid-message`
 */
export function readDataPlaneRegistration(body: unknown): DataPlaneRegistration {
  const read = readMessage(dataPlaneRegistrationSchema, 'DataPlaneRegistrationMessage', body)
  const { dataplaneId, endpoint, labels, authorization } = read
  return withoutUndefined({
    dataplaneId,
    endpoint,
    profiles: read.profiles ?? read.transferTypes ?? [],
    labels,
    authorization,
  })
}

/** The registration on the wire with both names of the list: EDC 0.18 offers nothing of `profiles`, and says nothing about it. */
export function writeDataPlaneRegistration(registration: DataPlaneRegistration): Readonly<Record<string, unknown>> {
  const { dataplaneId, endpoint, profiles, labels, authorization } = registration
  return withoutUndefined({
    dataplaneId,
    endpoint,
    profiles,
    transferTypes: profiles,
    labels: labels ?? [],
    authorization,
  })
}
