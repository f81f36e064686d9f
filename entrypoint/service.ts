import { randomUUID } from 'node:crypto'
import type { ConnectorSettings, ProvisionerSettings } from '../config/connectors.ts'
import { enforcesPolicies } from '../config/enforces-policies.ts'
import { loadJobLimits } from '../config/job-limits.ts'
import type { Settings } from '../config/settings.ts'
import type { Backend } from '../core/ports/backend.ts'
import type { Clock, Ids } from '../core/ports/clock.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { Metrics } from '../core/ports/metrics.ts'
import type { ObjectStore } from '../core/ports/object-store.ts'
import type { Store, WorkKind } from '../core/ports/store.ts'
import { type Keeper, startKeeper } from './audit/keeper.ts'
import { auditReads } from './audit/reads.ts'
import { auditRefusals } from './audit/refusals.ts'
import { type Following, followDirectory } from './assets/directory/follow.ts'
import { waitingForFolder } from './assets/directory/withdrawn-lately.ts'
import { registry } from './assets/registry.ts'
import { type HeardBook, heardBook } from './connectors/check/heard.ts'
import { heardConnector } from './connectors/check/heard-connector.ts'
import type { MeteredPusher } from './connectors/data-plane-signaling/metered-pusher.ts'
import type { Signaling } from './connectors/data-plane-signaling/open.ts'
import { edcConnector } from './connectors/edc-connector.ts'
import { publishingConnectors } from './publication/publishing-connectors.ts'
import { cancelByOperator } from './engine/end-job.ts'
import { type Loop, startLoop } from './engine/loop.ts'
import { carryOut } from './engine/order.ts'
import type { EngineParts } from './engine/parts.ts'
import { retryByOperator } from './engine/retry-job.ts'
import { removeResultByOperator } from './engine/step-expiry.ts'
import { startSweeper } from './engine/sweeper.ts'
import { failureOf } from './gateway/failure-report.ts'
import { type AddressParts, resultAddress } from './gateway/result-address.ts'
import { gatewayRoutes } from './gateway/serve.ts'
import { adminAuth } from './http/admin-auth.ts'
import { openIdCheck } from './access/open-id-check.ts'
import type { RegisteredRoute } from './access/route.ts'
import { makeApp, routesOf } from './http/apps.ts'
import { type Listener, listen } from './http/listener.ts'
import { refusedLog } from './http/request-log.ts'
import { messageLoad, shedding } from './http/shedding.ts'
import { measuredConnector } from './metrics/measured-connector.ts'
import { openReceiving } from './receiving/open.ts'
import { sinkRoutes } from './receiving/sink.ts'
import { measuredStore } from './metrics/measured-store.ts'
import { prometheusMetrics } from './metrics/prometheus.ts'
import { adminConnectorRoutes } from './routes/admin-connectors.ts'
import { assetDirectoryRoutes } from './routes/asset-directory.ts'
import { assetRoutes } from './routes/assets.ts'
import { auditRoutes } from './routes/audit.ts'
import { checkRoutes } from './routes/checks.ts'
import { connectorRoutes } from './routes/connectors.ts'
import { dataPlaneRoutes } from './routes/data-planes.ts'
import { healthRoutes, readiness } from './routes/health.ts'
import { jobFileRoutes } from './routes/job-files.ts'
import { jobRoutes } from './routes/jobs.ts'
import { keyRoutes } from './routes/keys.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { publicationRoutes } from './routes/publications.ts'
import { receptionRoutes } from './routes/receptions.ts'
import { usageRoutes } from './routes/usage.ts'
import { deliveryMeter } from './usage/delivery-meter.ts'

/** The outside parts of a service, made by whoever starts it. */
export interface ServiceParts {
  readonly settings: Settings
  readonly connectors: readonly ConnectorSettings[]
  readonly store: Store
  readonly backend: Backend
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
}

/** A service that runs. */
export interface Service {
  /** Base address of the public listener as it was bound. */
  readonly publicUrl: string
  readonly adminUrl: string
  /** Every route of the two listeners, with who may use it. */
  readonly routes: { readonly public: readonly RegisteredRoute[]; readonly admin: readonly RegisteredRoute[] }
  /** Ends it: not ready, no new requests, requests and steps under way finish, then everything is closed. Jobs on the cluster run on. */
  close(): Promise<void>
}

/**
 * Starts the service: listeners, engine, health.
 * @throws where something it needs cannot be used at all; nothing stays open then
 */
export async function startService(given: ServiceParts): Promise<Service> {
  const metrics = prometheusMetrics(given.store, given.clock, given.logger)
  const measured = measuredStore(given.store, metrics, given.clock)
  const parts = {
    ...given,
    store: given.settings.DSC_ASSETS_DIRECTORY === undefined ? measured : waitingForFolder(measured, given.clock),
    measure: metrics.request,
    trustedProxies: given.settings.DSC_TRUSTED_PROXIES,
  }
  const { settings, store, backend, objects, clock, logger } = parts
  const meter = deliveryMeter(store, clock, logger)
  const reads = auditReads({ store, logger })
  // The store may come up later than we do: until then the service is not ready, and what was accepted waits.
  await objects.check().catch((error: unknown) => logger.warn('the object store cannot be used yet', { error }))
  const tokenKey = settings.DSC_TOKEN_KEY ?? randomUUID() + randomUUID()
  const tokenKeys = [tokenKey, settings.DSC_TOKEN_KEY_PREVIOUS].filter((key) => key !== undefined)
  let publicUrl = settings.DSC_PUBLIC_URL ?? ''
  let draining = false
  const heard = heardBook(clock)
  const installation = await store.installation()
  const provisioners = parts.connectors.filter((connector) => connector.dialect === 'http-provisioner')
  const signaled = parts.connectors.filter((connector) => connector.dialect === 'data-plane-signaling')
  // What belongs to a dialect is loaded only where it is spoken.
  const signaling =
    signaled.length === 0
      ? undefined
      : (await import('./connectors/data-plane-signaling/open.ts')).openSignaling(signaled, { clock, logger })
  const pushes =
    signaling === undefined
      ? undefined
      : (await import('./connectors/data-plane-signaling/metered-pusher.ts')).meteredPusher(parts, meter)
  const receiving = openReceiving({
    ...parts,
    controlPlane: (connectorId) => signaling?.client(connectorId),
    preparesLater: (connectorId, profile) =>
      signaled.some(
        ({ id, profiles }) =>
          id === connectorId && profiles.some(({ name, start }) => name === profile && start === 'async'),
      ),
    tokenKeys,
    publicUrl: () => publicUrl,
    changed: () => receptions?.nudge(),
  })
  const ofJobs = engineParts(parts, installation, metrics, heard, tokenKey, () => publicUrl, {
    provisioners,
    signaling,
    pushes,
  })
  const engine: EngineParts = { ...ofJobs, receive: (item) => receiving.step(item) }
  const messages = shedding(messageLoad)
  let loop: Loop | undefined
  let receptions: Loop | undefined
  let keeper: Keeper | undefined
  const nudge = (): void => loop?.nudge()
  const ready = readiness(
    { store: () => store.check(), backend: () => backend.check(), objectStore: () => objects.check() },
    clock,
    () => draining,
  )

  const base = new URL(settings.DSC_PUBLIC_URL ?? 'http://localhost').pathname
  const publicApp = makeApp(
    'public',
    { ...parts, basePath: base },
    (path) => (/^\/(connectors|dataplanes)\//i.test(path) ? 'not-ready' : 'internal'),
    [
      healthRoutes(ready, false),
      auditRefusals('public', parts),
      openApiRoutes(async () => (await import('./openapi/public-document.ts')).publicDocument()),
      connectorRoutes(engine, provisioners, metrics, heard, nudge, messages),
      dataPlaneRoutes({
        dataPlanes:
          signaling?.dataPlanes(
            { engine, destinationProblem: (destination) => pushes?.problemOf(destination), changed: nudge },
            await receiving.consumer(),
          ) ?? [],
        clock,
        metrics,
        heard,
        within: messages,
      }),
      gatewayRoutes({
        store,
        objects,
        tokenKeys,
        failureOf: (transfer) => failureOf(engine, transfer),
        delivering: (jobId, transferId) => {
          reads.note(transferId, jobId)
          return meter.begin(jobId)
        },
      }),
      sinkRoutes(receiving.parts),
    ],
  )
  const registering = {
    store,
    objects,
    clock,
    ids: parts.ids,
    logger,
    rules: {
      allowTags: settings.DSC_ALLOW_IMAGE_TAGS,
      registries: settings.DSC_IMAGE_REGISTRIES,
      isolation: enforcesPolicies(settings),
    },
  }
  const path = settings.DSC_ASSETS_DIRECTORY
  const directory =
    path === undefined
      ? undefined
      : (await import('./assets/directory/asset-directory.ts')).assetDirectory(registering, path)
  const adminApp = makeApp('admin', parts, () => 'internal', [
    healthRoutes(ready, true),
    auditRefusals('admin', parts),
    openApiRoutes(async () => (await import('./openapi/admin-document.ts')).adminDocument()),
    adminAuth({
      token: settings.DSC_ADMIN_TOKEN,
      keys: store,
      openId: await openIdCheck(settings, clock, logger),
      clock,
      logger,
      trustedProxies: settings.DSC_TRUSTED_PROXIES,
    }),
    keyRoutes({ store, clock }),
    auditRoutes({ store, objects }),
    usageRoutes({ store, flush: () => meter.flush() }),
    metricsRoutes(metrics),
    assetRoutes(registering),
    assetDirectoryRoutes(directory),
    publicationRoutes({
      connectors: publishingConnectors(parts.connectors),
      versions: (id) => store.listAssets(id),
      newest: engine.newestAsset,
      version: engine.assetVersion,
      publicUrl: () => publicUrl,
      logger,
      store,
    }),
    adminConnectorRoutes({
      connectors: parts.connectors,
      store,
      heard,
      clock,
      publicUrl: () => publicUrl,
      registered: (id) => signaling?.registered(id),
    }),
    checkRoutes({
      check: async (options) => (await import('./check/check-service.ts')).checkService(engine)(options),
    }),
    jobFileRoutes({ store, objects }),
    receptionRoutes({ store, objects, receiving }),
    jobRoutes({
      store,
      objects,
      backend,
      clock,
      cancel: async (jobId, reason, by) => {
        await carryOut(() => cancelByOperator(engine, jobId, reason, by))
        nudge()
      },
      removeResult: (jobId, reason, by) => carryOut(() => removeResultByOperator(engine, jobId, by, reason)),
      retry: async (jobId, version, by) => {
        const job = await carryOut(() => retryByOperator(engine, jobId, version, by))
        nudge()
        return job
      },
    }),
  ])

  const opened: Listener[] = []
  let following: Following | undefined
  try {
    // Before anybody can ask: a connector gives a transfer up whose asset is not known here.
    if (directory !== undefined)
      following = await followDirectory(directory, settings.DSC_ASSETS_INTERVAL, ({ folders, unreadable }) => {
        const failed = folders.filter(({ problem }) => problem !== undefined).length
        metrics.assetFolders(folders.length - failed, failed + (unreadable === undefined ? 0 : 1))
      })
    opened.push(
      await listen(publicApp, {
        host: settings.DSC_PUBLIC_HOST,
        port: settings.DSC_PUBLIC_PORT,
        setting: 'DSC_PUBLIC_HOST, DSC_PUBLIC_PORT',
        requestTimeout: messageTimeoutMs,
        patient: (asked) => [base.replace(/\/$/, ''), ''].some((before) => asked.startsWith(`${before}/received/`)),
        late: 'not-ready',
        refused: refusedLog('public', parts),
      }),
    )
    opened.push(
      await listen(adminApp, {
        host: settings.DSC_ADMIN_HOST,
        port: settings.DSC_ADMIN_PORT,
        setting: 'DSC_ADMIN_HOST, DSC_ADMIN_PORT',
        requestTimeout: uploadTimeoutMs,
        refused: refusedLog('admin', parts),
      }),
    )
  } catch (error) {
    await Promise.all([...opened.map((listener) => listener.close(0)), following?.close()])
    throw error
  }
  const [publicListener, adminListener] = opened
  if (publicListener === undefined || adminListener === undefined) throw new Error('a listener is missing')
  publicUrl ||= publicListener.url
  // Only now: a second process on the same database by mistake has failed to bind before it can take the first one's leases.
  await store.releaseLeases()
  if (settings.DSC_HISTORY_RETENTION !== undefined) await store.wakeEnded(clock.now(), 'history')
  else if (settings.DSC_LOG_RETENTION !== undefined) await store.wakeEnded(clock.now(), 'logs')
  backend.watch((jobId) => {
    void store
      .wake([{ kind: 'job', key: jobId, dueAt: clock.now() }])
      .then(nudge, (error: unknown) => logger.error('a hint was lost', { jobId, error }))
  })
  loop = startLoop(engine, settings.DSC_CONCURRENCY, shortWork, () => messages.underWay() >= manyMessages)
  receptions = startLoop(engine, settings.DSC_RECEIVE_CONCURRENCY, ['reception'])
  keeper = startKeeper({ store, objects, clock, logger, retentionMs: settings.DSC_AUDIT_RETENTION })
  const sweeper = startSweeper(engine, settings.DSC_SWEEP_INTERVAL)
  signaling?.register(publicUrl)
  logger.info('service started', { publicUrl: publicListener.url, adminUrl: adminListener.url, backend: backend.name })
  return {
    publicUrl: publicListener.url,
    adminUrl: adminListener.url,
    routes: { public: routesOf(publicApp), admin: routesOf(adminApp) },
    async close() {
      draining = true
      await Promise.all(opened.map((listener) => listener.close(settings.DSC_SHUTDOWN_TIMEOUT)))
      await following?.close()
      await signaling?.stop()
      await sweeper.stop()
      await keeper?.close()
      pushes?.stop()
      await Promise.all([meter.close(), reads.close()])
      receiving.close()
      await Promise.all([loop?.stop(), receptions?.stop()])
      await backend.close()
      await store.close()
      logger.info('service stopped')
    },
  }
}

/** From so many messages at once on they are kept and answered first: whoever sent them waits, and the work that follows is on disk. */
const manyMessages = 8
/** What the engine's first loop does; what a reception does may take hours. */
const shortWork: readonly WorkKind[] = ['job', 'transfer', 'callback', 'expire', 'deliver']
/** How long a connector's message may take to arrive, and a registration with its files. Milliseconds. */
const messageTimeoutMs = 30_000
const uploadTimeoutMs = 3_600_000
/** How long a stopped worker may take until its attempt is given up: the grace period of a pod and some time for the kubelet. Milliseconds. */
const stopTimeoutMs = 8_000
/** Between two looks at a job under way, in case no hint comes. Milliseconds. */
const attendMs = 10_000

function engineParts(
  parts: ServiceParts,
  installation: string,
  metrics: Metrics,
  heard: HeardBook,
  tokenKey: string,
  publicUrl: () => string,
  {
    provisioners,
    signaling,
    pushes,
  }: {
    readonly provisioners: readonly ProvisionerSettings[]
    readonly signaling: Signaling | undefined
    readonly pushes: MeteredPusher | undefined
  },
): EngineParts {
  const { settings, store, backend, objects, clock, ids, logger } = parts
  const assets = registry(store)
  const presignedMs = settings.DSC_RESULT_ADDRESS === 'presigned' ? settings.DSC_PRESIGNED_LIFETIME : undefined
  const addresses: AddressParts = { store, objects, tokenKey, publicUrl, presignedMs }
  return {
    installation,
    store,
    backend,
    objects,
    connectors: new Map(
      [...provisioners.map(edcConnector), ...(signaling?.connectors ?? [])].map((connector) => [
        connector.id,
        heardConnector(measuredConnector(connector, metrics), heard, clock),
      ]),
    ),
    clock,
    ids,
    random: Math.random,
    logger,
    times: {
      pollMs: settings.DSC_POLL_INTERVAL,
      idlePollMs: settings.DSC_IDLE_POLL_INTERVAL,
      attendMs,
      uploadTimeoutMs: settings.DSC_UPLOAD_TIMEOUT,
      stopTimeoutMs,
    },
    retention: {
      ...(settings.DSC_LOG_RETENTION === undefined ? {} : { logsMs: settings.DSC_LOG_RETENTION }),
      ...(settings.DSC_HISTORY_RETENTION === undefined ? {} : { historyMs: settings.DSC_HISTORY_RETENTION }),
    },
    newestAsset: (id) => assets.newest(id),
    assetVersion: (id, version) => assets.version(id, version),
    addressOf: (transfer) => resultAddress(addresses, transfer),
    ...(pushes === undefined ? {} : { push: pushes.push }),
    limits: loadJobLimits(settings),
  }
}
