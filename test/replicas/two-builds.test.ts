import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import { schemaVersion } from '../../entrypoint/stores/postgres/migrations.ts'
import { viewStore } from '../failures/store-view.ts'
import { commandFor, errandWorker, outputOf } from '../faults/errand.ts'
import { startBalancer } from '../support/balancer.ts'
import { allJobs, type Entrypoint, serviceProgram, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { lacks } from '../support/lacks.ts'
import { makePostgresSchema } from '../support/postgres-schema.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { startStandInCluster } from '../support/stand-in-cluster/stand-in-cluster.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { postgresServer, testOnTestbed } from '../support/testbed.ts'
import { layOutOlderBuild } from './older-build.ts'

/** How long there is load on the old replica alone, on both, and on the new one alone. Milliseconds. */
const times = { old: 6_000, both: 20_000, fresh: 5_000 }
const everyMs = 250
const errand = { ms: 400, bytes: 5_000, seed: 5, exitCode: 0 }
const assetId = 'together'

const asset: ComputeAssetDocument = {
  apiVersion: 'dataspace-compute/v1',
  kind: 'ComputeAsset',
  metadata: { id: assetId, version: '1.0.0', title: 'Together' },
  worker: { image: 'localhost/errand:1', command: [...commandFor(errand)] },
  outputs: [{ name: 'out.bin', required: true }],
  limits: { timeout: '5m', startTimeout: '5m', concurrentJobs: 100, outputBytes: '1Mi' },
}

testOnTestbed(
  'a replica of an older schema and one of today work on one database while the older is replaced, and each transfer is served once',
  async (t, testbed) => {
    t.timeout(300_000)
    const server = postgresServer()
    if (server === undefined) {
      lacks(t, 'there is no PostgreSQL server')
      return
    }
    const folder = await temporaryFolder(t)
    const older = await layOutOlderBuild(join(folder, 'older'))
    if (typeof older === 'string') {
      lacks(t, older)
      return
    }
    t.log(`${older.commit} with schema ${older.schema}, and today's with ${schemaVersion}`)

    await mkdir(join(folder, 'pods'))
    const cluster = await startStandInCluster(join(folder, 'pods'), errandWorker)
    const kubeconfig = join(folder, 'kubeconfig')
    await cluster.writeKubeconfig(kubeconfig, cluster.url)
    const { schema, drop } = await makePostgresSchema(server)
    const bucket = `builds-${randomBytes(4).toString('hex')}`
    const { endpoint, accessKey, secretKey } = testbed.objectStore
    const connector = await simulatedConnector()
    const ready: string[] = []
    const balancer = await startBalancer(() => ready)
    const replicas: Entrypoint[] = []
    const start = async (program: string): Promise<Entrypoint> => {
      const replica = await startEntrypoint({
        publicPort: 0,
        connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
        parameters: [program],
        environment: {
          DSC_DATABASE_URL: schema.url,
          DSC_PUBLIC_URL: balancer.url,
          DSC_BACKEND: 'kubernetes',
          KUBECONFIG: kubeconfig,
          DSC_KUBERNETES_NAMESPACE: cluster.namespace,
          DSC_SIDECAR_IMAGE: 'localhost/stand-in-sidecar:1',
          S3_ENDPOINT: endpoint,
          S3_ACCESS_KEY: accessKey,
          S3_SECRET_KEY: secretKey,
          S3_BUCKET: bucket,
        },
      })
      replicas.push(replica)
      ready.push(replica.publicUrl)
      return replica
    }
    const wrong: string[] = []
    const served: Promise<void>[] = []
    const serve = async (): Promise<void> => {
      const { consumerTransferId } = connector.request(assetId)
      const { endpoint: address, authorization } = await connector.started(consumerTransferId)
      const answer = await eventually('the result', async () => {
        const response = await fetch(`${address}/files/out.bin`, { headers: { authorization } })
        const bytes = Buffer.from(await response.arrayBuffer())
        return response.status === 200 ? { done: bytes } : { pending: `${response.status}` }
      })
      if (!answer.equals(outputOf(errand))) wrong.push('a result came whole and wrong')
      connector.terminate(consumerTransferId, 'done')
    }
    const load = async (milliseconds: number): Promise<void> => {
      for (const end = performance.now() + milliseconds; performance.now() < end; await pause(everyMs))
        served.push(serve().catch((error: unknown) => void wrong.push(String(error))))
    }
    try {
      const old = await start(older.program)
      connector.serviceAt({
        provisionUrl: `${balancer.url}/connectors/provider/provision`,
        eventsUrl: `${balancer.url}/connectors/provider/events`,
      })
      const form = new FormData()
      form.append('asset', new Blob([JSON.stringify(asset)]), 'asset.json')
      t.is((await fetch(`${old.adminUrl}/api/v1/assets`, { method: 'POST', body: form })).status, 201)
      await load(times.old)

      const both = load(times.both)
      const fresh = await start(serviceProgram)
      await eventually('the old replica to be out of service', async () => {
        const response = await fetch(`${old.adminUrl}/readyz`)
        const text = await response.text()
        return response.status === 503 ? { done: text } : { pending: text }
      })
      ready.splice(ready.indexOf(old.publicUrl), 1) // as a Service does
      await both
      t.is(await old.stop(), 0, 'it ends in good order')
      t.regex(await old.log(), /a newer release has taken the database over/)
      await load(times.fresh)
      await Promise.all(served)
      t.deepEqual(wrong, [])

      await eventually(
        'everything to come to its end',
        async () => {
          const [open] = await schema.query(`
            SELECT (SELECT count(*)::integer FROM transfers WHERE body::json ->> 'state' <> 'ended') AS transfers,
              (SELECT count(*)::integer FROM callbacks) AS callbacks, (SELECT count(*)::integer FROM results WHERE removed_at IS NULL) AS results`)
          const left = [...Object.entries(open ?? {}).filter(([, count]) => count !== 0), ...cluster.left()]
          return left.length === 0 ? { done: true } : { pending: JSON.stringify(left) }
        },
        { deadlineMs: 60_000, pauseMs: 200 },
      )
      const jobs = await allJobs(fresh.adminUrl)
      t.is(jobs.length, served.length, 'each transfer has one job')
      t.deepEqual(
        jobs.filter(({ state, attempt }) => state !== 'succeeded' || attempt !== 1),
        [],
        'each job took one attempt',
      )
      t.is(cluster.journal.jobs.length, served.length)
      t.true([...cluster.journal.workers.values()].every((times) => times === 1))
      t.deepEqual(cluster.violations, [])
      const launches = async (replica: Entrypoint): Promise<number> =>
        (await replica.log()).split('"msg":"attempt launched"').length - 1
      t.true((await launches(old)) > 10 && (await launches(fresh)) > 10, 'both had their share')
    } catch (error) {
      for (const replica of replicas) t.log((await replica.log()).slice(-4_000))
      throw error
    } finally {
      for (const replica of replicas) await replica.close()
      await balancer.close()
      await connector.close()
      await cluster.close()
      await viewStore(testbed.objectStore, bucket).remove()
      await drop()
    }
  },
)
