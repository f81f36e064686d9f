import { registry } from '../../entrypoint/assets/registry.ts'
import { check } from '../../entrypoint/check/check.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { createKubernetesBackend } from '../../k8s-client/backend.ts'
import type { Testbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'
import type { StageDatabase } from './stage-database.ts'

/** Where the checker of operators finds what it compares: past all proxies. */
export interface CheckedPlaces {
  readonly database: StageDatabase
  readonly kubeconfig: string
  readonly namespace: string
  readonly objectStore: Testbed['objectStore']
  readonly bucket: string
}

/** Runs the checker that operators have over everything, and gives what it finds. */
export async function checkWhole(places: CheckedPlaces): Promise<readonly string[]> {
  const store = await places.database.open()
  const objects = s3Store(s3Settings(places.objectStore, places.bucket))
  const nothing = () => undefined
  const backend = createKubernetesBackend({
    kubeconfig: places.kubeconfig,
    namespace: places.namespace,
    sidecarImage: 'unused',
    allowedInputHosts: [],
    objectStore: objects,
    clock: { now: Date.now },
    logger: { info: nothing, warn: nothing, error: nothing },
  })
  const assets = registry(store)
  try {
    const { findings } = await check(
      {
        store,
        backend,
        objects,
        limitsOf: async (id, version) => (await assets.version(id, version))?.asset.limits,
        uploadTimeoutMs: 6 * 3_600_000,
        now: Date.now,
      },
      { digests: true },
      [1_000, 5_000],
    )
    return findings.map(({ rule, about, message }) => `${rule} ${about}: ${message}`)
  } finally {
    await backend.close()
    await store.close()
  }
}
