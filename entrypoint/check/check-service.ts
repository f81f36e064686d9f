import type { EngineParts } from '../engine/parts.ts'
import type { CheckRouteParts } from '../routes/checks.ts'
import { check } from './check.ts'

/** The check of a running service: of what its engine works with. */
export function checkService(engine: EngineParts): CheckRouteParts['check'] {
  const { store, backend, objects, clock, times } = engine
  const parts = {
    store,
    backend,
    objects,
    limitsOf: async (assetId: string, version: string) => (await engine.assetVersion(assetId, version))?.asset.limits,
    uploadTimeoutMs: times.uploadTimeoutMs,
    now: () => clock.now(),
  }
  return ({ digests, connectors }) =>
    check(parts, { digests, ...(connectors ? { connectors: engine.connectors } : {}) })
}
