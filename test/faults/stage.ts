import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import type { SimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { type StoreView, viewStore } from '../failures/store-view.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import type { Testbed } from '../support/testbed.ts'
import { startStandInCluster, type StandInCluster } from '../support/stand-in-cluster/stand-in-cluster.ts'
import { commandFor, type Errand, errandWorker } from './errand.ts'
import type { FaultPlan } from './proxy/fault.ts'
import { type FaultProxy, startFaultProxy } from './proxy/fault-proxy.ts'
import { onPostgres, onSqlite, type StageDatabase } from './stage-database.ts'
import { checkWhole } from './whole-check.ts'

/** The service as a process of its own, with a fault proxy in front of every part that it needs. */
export interface FaultStage {
  readonly entrypoint: Entrypoint
  readonly connector: SimulatedConnector
  readonly cluster: StandInCluster
  readonly store: StoreView
  readonly bucket: string
  readonly database: StageDatabase
  readonly proxies: readonly FaultProxy[]
  /** Runs the checker of operators over everything, past all proxies. */
  check(): Promise<readonly string[]>
  /** What goes wrong from now on, at every proxy. */
  plan(plan: FaultPlan): void
  /** Nothing goes wrong any more. */
  heal(): void
  /** Registers an asset whose worker does an errand; again where that goes wrong, as an operator does. */
  offer(id: string, errand: Errand, limits?: ComputeAssetDocument['limits']): Promise<void>
  close(): Promise<void>
}

/** What differs from stage to stage. */
export interface FaultStageOptions {
  /** Another object store than the testbed's. */
  readonly objectStore?: Testbed['objectStore']
  /** Address of a PostgreSQL server: the service has a schema of its own there, behind a fault proxy. @default an SQLite file */
  readonly postgresUrl?: string | undefined
  readonly environment?: Readonly<Record<string, string>>
  /** What follows `node`: flags and the program. */
  readonly parameters?: readonly string[]
}

/**
 * Brings one up on a stand-in cluster, with a bucket of its own on a real MinIO.
 * @param folder for what pods write
 */
export async function startFaultStage(
  testbed: Testbed,
  folder: string,
  options: FaultStageOptions = {},
): Promise<FaultStage> {
  const objectStore = options.objectStore ?? testbed.objectStore
  const bucket = `faults-${randomBytes(4).toString('hex')}`
  await mkdir(join(folder, 'pods'), { recursive: true })
  const cluster = await startStandInCluster(join(folder, 'pods'), errandWorker)
  const connector = await simulatedConnector()
  const management = new URL(connector.providerManagement)
  const proxies = {
    kubernetes: await startFaultProxy('kubernetes', { url: cluster.url }),
    store: await startFaultProxy('store', { url: objectStore.endpoint }),
    podStore: await startFaultProxy('pod-store', { url: objectStore.endpoint }),
    connector: await startFaultProxy('connector', { url: management.origin }),
  }
  const postgres = options.postgresUrl === undefined ? undefined : await onPostgres(options.postgresUrl)
  const kubeconfig = join(folder, 'kubeconfig')
  await cluster.writeKubeconfig(kubeconfig, proxies.kubernetes.url)
  const settings = {
    managementUrl: `${proxies.connector.url}${management.pathname}`,
    callbackAddress: `${connector.providerManagement}/callback`,
    callbackUrl: `${proxies.connector.url}${management.pathname}/callback`,
    apiKey: connector.providerKey,
  }
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: settings,
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: kubeconfig,
      DSC_KUBERNETES_NAMESPACE: cluster.namespace,
      DSC_SIDECAR_IMAGE: 'localhost/stand-in-sidecar:1',
      S3_ENDPOINT: proxies.store.url,
      S3_POD_ENDPOINT: proxies.podStore.url,
      S3_ACCESS_KEY: objectStore.accessKey,
      S3_SECRET_KEY: objectStore.secretKey,
      S3_BUCKET: bucket,
      ...postgres?.environment,
      ...options.environment,
    },
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
  })
  connector.serviceAt({
    provisionUrl: `${entrypoint.publicUrl}/connectors/provider/provision`,
    eventsUrl: `${entrypoint.publicUrl}/connectors/provider/events`,
  })
  const store = viewStore(objectStore, bucket)
  const database = postgres?.database ?? onSqlite(entrypoint.folder)
  const all: readonly FaultProxy[] = [...Object.values(proxies), ...(postgres === undefined ? [] : [postgres.proxy])]
  const heal = (): void => all.forEach((proxy) => proxy.heal())
  return {
    entrypoint,
    connector,
    cluster,
    store,
    bucket,
    database,
    proxies: all,
    async check() {
      const direct = join(folder, 'kubeconfig-direct')
      await cluster.writeKubeconfig(direct, cluster.url)
      const { namespace } = cluster
      return checkWhole({ database, kubeconfig: direct, namespace, objectStore, bucket })
    },
    plan(plan) {
      for (const proxy of all) proxy.plan = plan
    },
    heal,
    async offer(id, errand, limits) {
      const form = new FormData()
      form.append('asset', new Blob([JSON.stringify(assetOf(id, errand, limits))]), 'asset.json')
      for (const name of errand.inputs ?? []) form.append('bundled', new Blob([`input ${name}\n`.repeat(1000)]), name)
      await eventually(
        `the asset ${id} to be registered`,
        async () => {
          const response = await fetch(`${entrypoint.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
          const text = await response.text()
          if (response.status === 201 || text.includes('asset-exists')) return { done: undefined }
          return { pending: `${response.status}: ${text}` }
        },
        { deadlineMs: 240_000, pauseMs: 200 },
      )
    },
    async close() {
      heal()
      await entrypoint.close()
      await connector.close()
      await cluster.close()
      await Promise.all(all.map((proxy) => proxy.close()))
      await postgres?.drop()
      await store.remove()
    },
  }
}

function assetOf(id: string, errand: Errand, limits: ComputeAssetDocument['limits']): ComputeAssetDocument {
  return {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version: '1.0.0', title: id },
    worker: { image: 'localhost/errand:1', command: [...commandFor(errand)] },
    inputs: (errand.inputs ?? []).map((name) => ({ name, from: { bundled: name } })),
    outputs: [{ name: 'out.bin', required: true }],
    limits: { timeout: '5m', startTimeout: '5m', concurrentJobs: 100, retries: 5, outputBytes: '64Mi', ...limits },
  }
}
