import type { SignalingSettings } from '../../../config/signaling.ts'
import { checkCaller } from '../../../dps/auth/check-caller.ts'
import { type Caller, DataPlaneError } from '../../../dps/data-plane.ts'
import type { DataPlaneRequest } from '../../../dps/server/form.ts'

/**
 * Tells which control plane calls: the one whose path it is, after its token was checked where it is to carry one. The secret of
 * the path was checked before.
 * @returns a function that throws DataPlaneError 401, 403 or 503
 */
export function authenticator({
  id,
  dataPlaneId,
  tokens: { theirs },
}: SignalingSettings): (request: DataPlaneRequest) => Promise<Caller> {
  if (theirs === undefined) return async () => ({ controlPlaneId: id })
  const { issuer, jwksUrl, audience = dataPlaneId, subject } = theirs
  const check = checkCaller({
    controlPlane: (named) =>
      subject === undefined || named === subject
        ? { controlPlaneId: named, issuer, keys: new URL(jwksUrl) }
        : undefined,
    audience,
  })
  return async (request) => {
    const { controlPlaneId } = await check(request)
    if (controlPlaneId === '') throw new DataPlaneError(401, 'unauthenticated', 'The bearer token names no subject.')
    return { controlPlaneId: id }
  }
}
