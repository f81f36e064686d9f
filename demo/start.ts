import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { Store } from '../core/ports/store.ts'
import type { Logger } from '../core/ports/logger.ts'
import { makeBackend, makeObjectStore } from '../entrypoint/make-parts.ts'
import { type Service, startService } from '../entrypoint/service.ts'
import { openSqliteStore } from '../entrypoint/stores/sqlite.ts'
import { type SimulatedConnector, startSimulatedConnector } from './simulated-connector/simulated-connector.ts'

/** Everything the demo started. */
export interface Stage {
  readonly settings: Settings
  readonly service: Service
  readonly connector: SimulatedConnector
  readonly store: Store
  /** Ends it all and removes the temporary folder. */
  close(): Promise<void>
}

/** Folder of the example assets. */
export const assetsFolder = fileURLToPath(new URL('../config/assets', import.meta.url))

/**
 * Starts the very service that production runs, with a simulated connector beside it and its state in a temporary folder.
 * Only backend and object store differ.
 * @param environment where `kubernetes` finds its cluster and its store
 */
export async function startStage(
  backend: 'local' | 'kubernetes',
  logger: Logger,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'dataspace-compute-demo-'))
  const embedded = {
    DSC_OBJECT_STORE: 'directory',
    DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
    DSC_LOCAL_DIRECTORY: join(folder, 'work'),
    DSC_LOCAL_ASSETS: assetsFolder,
  }
  const settings = loadSettings({
    ...(backend === 'local' ? embedded : kept(environment)),
    DSC_BACKEND: backend,
    DSC_DEVELOPMENT: 'true',
    DSC_ALLOW_IMAGE_TAGS: 'true',
    DSC_PUBLIC_PORT: '0',
    DSC_ADMIN_PORT: '0',
    DSC_DATABASE: join(folder, 'state.db'),
  })
  const clock = { now: Date.now }
  const ids = { next: randomUUID }
  const connector = await startSimulatedConnector({ clock, ids, managementKey: randomUUID(), tickMs: 5 })
  const objects = await makeObjectStore(settings)
  const store = openSqliteStore(settings.DSC_DATABASE, ids)
  const service = await startService({
    settings,
    connectors: [
      {
        id: 'provider',
        dialect: 'http-provisioner',
        managementUrl: connector.providerManagement,
        callbackAddress: `${connector.providerManagement}/callback`,
        apiKey: connector.providerKey,
      },
    ],
    store,
    backend: await makeBackend(settings, objects, clock, logger),
    objects,
    clock,
    ids,
    logger,
  })
  const address = `${service.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
  return {
    settings,
    service,
    connector,
    store,
    async close() {
      await service.close()
      await connector.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The variables that say where cluster and object store are; the demo sets the rest itself. */
function kept(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => /^(KUBECONFIG|S3_.*|DSC_(KUBERNETES|SIDECAR)_.*)$/.test(name)),
  )
}
