import { type Caller, DataPlaneError } from '../data-plane.ts'
import type { ControlPlaneRegistration } from '../messages/control-plane-registration.ts'

/** The control planes that a data plane knows. */
export interface ControlPlanes {
  /** Keeps a registration; one of the same id is replaced. @throws DataPlaneError 403 where the caller may not */
  put(registration: ControlPlaneRegistration, caller: Caller): Promise<void>
  /** Forgets one; false where there was none. @throws DataPlaneError 403 where the caller may not */
  remove(controlPlaneId: string, caller: Caller): Promise<boolean>
}

/** Control planes in memory. */
export interface KeptControlPlanes extends ControlPlanes {
  get(controlPlaneId: string): ControlPlaneRegistration | undefined
}

/** Keeps control planes in memory. A control plane may register and remove nobody but itself. */
export function keepControlPlanes(): KeptControlPlanes {
  const known = new Map<string, ControlPlaneRegistration>()
  return {
    async put(registration, caller) {
      checkSelf(registration.controlplaneId, caller)
      known.set(registration.controlplaneId, registration)
    },
    async remove(controlPlaneId, caller) {
      checkSelf(controlPlaneId, caller)
      return known.delete(controlPlaneId)
    },
    get: (controlPlaneId) => known.get(controlPlaneId),
  }
}

function checkSelf(controlPlaneId: string, { controlPlaneId: caller }: Caller): void {
  if (controlPlaneId !== caller)
    throw new DataPlaneError(403, 'foreign-control-plane', 'A control plane may register and remove nobody but itself.')
}
