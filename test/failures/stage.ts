import { randomBytes } from 'node:crypto'
import type { SimulatedAccess, SimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { type Entrypoint, getJob, listJobs, type ShownJob, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { makeNamespace, removeNamespace } from '../support/kubectl.ts'
import type { Testbed } from '../support/testbed.ts'
import { type ClusterView, viewCluster } from './cluster-view.ts'
import { type AssetChanges, smallAsset } from './small-asset.ts'
import { type StoreView, viewStore } from './store-view.ts'
import { startWire, type Wire } from './wire.ts'

/** The whole service on the real cluster and a real object store; the connector in front of it is the simulated one. */
export interface Stage {
  readonly testbed: Testbed
  readonly entrypoint: Entrypoint
  readonly connector: SimulatedConnector
  readonly wire: Wire
  readonly cluster: ClusterView
  readonly store: StoreView
  /** Registers a small asset. */
  offer(id: string, script: string, changes?: AssetChanges): Promise<void>
  /**
   * The consumer asks for a transfer; waits until the service has accepted it.
   * @param beforehand is told the provider's transfer process before any message about it is sent
   */
  begin(assetId: string, beforehand?: (providerTransferId: string) => void): Promise<Course>
  /** The job as the admin API shows it now. */
  job(course: Course): Promise<ShownJob>
  /** Waits until the job is in one of the states; fails when it is over in another. */
  reaches(course: Course, states: readonly string[], deadlineMs?: number): Promise<ShownJob>
  close(): Promise<void>
}

/** A transfer with the job that serves it. */
export interface Course {
  readonly consumerTransferId: string
  readonly providerTransferId: string
  readonly jobId: string
}

/** What differs from stage to stage. */
export interface StageOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Another object store than the testbed's. */
  readonly objectStore?: Testbed['objectStore']
}

const over = ['succeeded', 'failed', 'cancelled']

/** Brings everything up with a namespace and a bucket of its own. */
export async function startStage(
  testbed: Testbed,
  { environment = {}, objectStore = testbed.objectStore }: StageOptions = {},
): Promise<Stage> {
  const namespace = await makeNamespace(testbed)
  const bucket = `test-${randomBytes(4).toString('hex')}`
  const connector = await simulatedConnector()
  let service = ''
  const wire = await startWire({ connector: new URL(connector.providerManagement).origin, service: () => service })
  const cluster = await viewCluster(testbed, namespace)
  const store = viewStore(objectStore, bucket)
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: {
      managementUrl: `${wire.origin}${new URL(connector.providerManagement).pathname}`,
      apiKey: connector.providerKey,
    },
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: testbed.kubeconfig,
      DSC_KUBERNETES_NAMESPACE: namespace,
      DSC_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
      DSC_SIDECAR_PULL_POLICY: 'Never',
      DSC_SIDECAR_CPU: '100m', // two cores are shared by everything that runs at the same time
      S3_ENDPOINT: objectStore.endpoint,
      S3_ACCESS_KEY: objectStore.accessKey,
      S3_SECRET_KEY: objectStore.secretKey,
      S3_BUCKET: bucket,
      ...environment,
    },
  })
  service = entrypoint.publicUrl
  const address = `${wire.origin}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })

  const job = (course: Course): Promise<ShownJob> => getJob(entrypoint.adminUrl, course.jobId)
  return {
    testbed,
    entrypoint,
    connector,
    wire,
    cluster,
    store,
    async offer(id, script, changes) {
      const form = new FormData()
      form.append('asset', new Blob([JSON.stringify(smallAsset(id, script, changes))]), 'asset.json')
      const response = await fetch(`${entrypoint.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
      if (response.status !== 201) throw new Error(`the asset ${id} was not registered: ${await response.text()}`)
    },
    async begin(assetId, beforehand) {
      const before = new Set((await jobsOf(entrypoint, assetId)).map(({ id }) => id))
      const ids = connector.request(assetId)
      beforehand?.(ids.providerTransferId)
      const jobId = await eventually(`a job for ${assetId}`, async () => {
        const found = (await jobsOf(entrypoint, assetId)).find(({ id }) => !before.has(id))
        return found === undefined ? { pending: 'there is none yet' } : { done: found.id }
      })
      return { ...ids, jobId }
    },
    job,
    reaches(course, states, deadlineMs = 200_000) {
      return eventually(
        `job ${course.jobId} to be ${states.join(' or ')}`,
        async () => {
          const shown = await job(course)
          if (states.includes(shown.state)) return { done: shown }
          if (over.includes(shown.state)) throw new Error(`the job is ${shown.state}: ${JSON.stringify(shown)}`)
          return { pending: JSON.stringify(shown) }
        },
        { deadlineMs, pauseMs: 100 },
      )
    },
    async close() {
      await entrypoint.close()
      await connector.close()
      await wire.close()
      await cluster.close()
      await removeNamespace(testbed, namespace)
      await store.remove()
    },
  }
}

async function jobsOf({ adminUrl }: Entrypoint, assetId: string): Promise<readonly ShownJob[]> {
  return (await listJobs(adminUrl)).filter((job) => job['assetId'] === assetId)
}

/** Reads through the provider's data plane. */
export function read({ endpoint, authorization }: SimulatedAccess): Promise<Response> {
  return fetch(endpoint, { headers: { authorization } })
}
