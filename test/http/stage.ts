import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectorSettings } from '../../config/connectors.ts'
import { loadSettings } from '../../config/load.ts'
import type { SignalingSettings } from '../../config/signaling.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { type SimulatedConnector, startSimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { makeBackend, makeObjectStore } from '../../entrypoint/make-parts.ts'
import { type Service, startService } from '../../entrypoint/service.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { leaksBelow, leaksIn, noLeaks, secretsAmong } from '../support/leaks.ts'
import type { LogLine } from '../support/recording-logger.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { type Watch, watchAnswers } from '../support/watch-answers.ts'

/** Secrets of the service under test; none of them may ever be logged. */
export const secrets = {
  tokenKey: 'token-key-0123456789-abcdefghijklmnop',
  managementKey: 'management-key-0123456789-abcdefghij',
  pathSecret: 'path-secret-0123456789-abcdefghijklm',
  adminToken: 'admin-token-0123456789-abcdefghijklm',
}

/** The service with local backend, directory store and SQLite, as `npm run demo` has it, and a simulated connector beside it. */
export interface Stage {
  readonly publicUrl: string
  readonly adminUrl: string
  /** Every route that the service registered. */
  readonly routes: Service['routes']
  readonly connector: SimulatedConnector
  readonly store: Store
  readonly objects: ObjectStore
  /** Folder of the assets' workers. */
  readonly assets: string
  readonly log: readonly LogLine[]
  /** Every answer so far, as held against the OpenAPI documents. */
  readonly watch: Watch
  close(): Promise<void>
}

/** A control plane whose data plane the service is. It has a secret, and is never there. */
const plane: SignalingSettings = {
  id: 'guarded-plane',
  dialect: 'data-plane-signaling',
  form: 'plain',
  dataPlaneId: 'compute',
  signalingUrl: 'http://127.0.0.1:9/signaling',
  callbackAddresses: [],
  profiles: [{ name: 'Compute-PULL' }],
  sourceTypes: ['ComputeAsset'],
  labels: [],
  tokens: {},
  strict: false,
  secret: secrets.pathSecret,
}

/** Further connectors that are configured, besides `provider`, which has no secret. */
const others = ['guarded', 'silent'] as const

/** Starts it all. Every answer is held against the OpenAPI documents; `close` tells what differs, and fails where a secret
 * of the settings or of a connector stands in an answer, the log, the database or any file. The settings are those of development, with the given ones on top. `wrapStore` may stand between the service and its store. */
export async function startStage(
  more: Readonly<Record<string, string>> = {},
  moreConnectors: readonly ConnectorSettings[] = [],
  wrapStore: (store: Store) => Store = (store) => store,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'dataspace-compute-http-'))
  const assets = join(folder, 'assets')
  await mkdir(assets)
  const settings = loadSettings({
    DSC_DEVELOPMENT: 'true',
    DSC_BACKEND: 'local',
    DSC_OBJECT_STORE: 'directory',
    DSC_ALLOW_IMAGE_TAGS: 'true',
    DSC_PUBLIC_PORT: '0',
    DSC_ADMIN_PORT: '0',
    DSC_POLL_INTERVAL: '200ms',
    DSC_SHUTDOWN_TIMEOUT: '2s',
    DSC_TOKEN_KEY: secrets.tokenKey,
    DSC_DATABASE: join(folder, 'state.db'),
    DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
    DSC_LOCAL_DIRECTORY: join(folder, 'work'),
    DSC_LOCAL_ASSETS: assets,
    ...more,
  })
  const logger = recordingLogger()
  const clock = { now: Date.now }
  const ids = { next: randomUUID }
  const connector = await startSimulatedConnector({ clock, ids, managementKey: secrets.managementKey, tickMs: 5 })
  const provider: ConnectorSettings = {
    id: 'provider',
    dialect: 'http-provisioner',
    managementUrl: connector.providerManagement,
    callbackAddress: `${connector.providerManagement}/callback`,
    apiKey: secrets.managementKey,
  }
  const objects = await makeObjectStore(settings)
  const store = openSqliteStore(settings.DSC_DATABASE, ids)
  const service = await startService({
    settings,
    connectors: [
      provider,
      ...others.map((id) => ({ ...provider, id, secret: secrets.pathSecret })),
      plane,
      ...moreConnectors,
    ],
    store: wrapStore(store),
    backend: await makeBackend(settings, objects, clock, logger),
    objects,
    clock,
    ids,
    logger,
  })
  const connectors = [provider, { secret: secrets.pathSecret }, ...moreConnectors]
  const known = secretsAmong(settings, ...connectors)
  const watch = watchAnswers(service, known)
  const address = `${service.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
  return {
    publicUrl: service.publicUrl,
    adminUrl: service.adminUrl,
    routes: service.routes,
    connector,
    store,
    objects,
    assets,
    log: logger.lines,
    watch,
    async close() {
      await service.close()
      await connector.close()
      const leaks = [
        ...leaksIn('the log', textOfLog(logger.lines), known),
        ...(await leaksBelow(folder, known, () => false)),
      ]
      await rm(folder, { recursive: true, force: true })
      watch.end()
      noLeaks(leaks)
    },
  }
}

/** What of a log could give a secret away, as text: messages, fields, and errors with all that hangs on them. */
export function textOfLog(log: readonly LogLine[]): string {
  return log.map((line) => JSON.stringify(line, withErrors)).join('\n')
}

function withErrors(_name: string, value: unknown): unknown {
  return value instanceof Error
    ? { ...value, name: value.name, message: value.message, stack: value.stack, cause: value.cause }
    : value
}

/** Keys of everything in the object store below a prefix. */
export async function keysBelow(objects: ObjectStore, prefix: string): Promise<readonly string[]> {
  return (await Array.fromAsync(objects.list(prefix))).map(({ key }) => key)
}

/** Puts a worker where the local backend runs it. */
export async function writeWorker(stage: Stage, assetId: string, code: string): Promise<void> {
  await mkdir(join(stage.assets, assetId), { recursive: true })
  await writeFile(join(stage.assets, assetId, 'work.mjs'), code)
}
