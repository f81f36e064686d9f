import { randomBytes } from 'node:crypto'
import { type SimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { attemptName } from '../../core/job/names.ts'
import { removeBucket } from '../e2e/real-parts.ts'
import { smallAsset } from '../failures/small-asset.ts'
import { type Balancer, startBalancer } from '../support/balancer.ts'
import { type Entrypoint, getJob, listJobs, type ShownJob, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { makeNamespace, removeNamespace, watchJobs } from '../support/kubectl.ts'
import { makePostgresSchema } from '../support/postgres-schema.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { postgresServer, testOnTestbed } from '../support/testbed.ts'

const jobs = 6

testOnTestbed(
  'two replicas serve jobs together; one is killed, and the other brings all of them to their end',
  async (t, testbed) => {
    const server = postgresServer()
    if (server === undefined) {
      t.log('skipped: there is no PostgreSQL server')
      t.pass()
      return
    }
    const { schema, drop } = await makePostgresSchema(server)
    const namespace = await makeNamespace(testbed)
    const bucket = `test-${randomBytes(4).toString('hex')}`
    const connector = await simulatedConnector()
    const replicas: Entrypoint[] = []
    const balancer = await startBalancer(() => replicas.map(({ publicUrl }) => publicUrl))
    const seen = watchJobs(testbed, namespace)
    const { endpoint, accessKey, secretKey } = testbed.objectStore
    try {
      for (let index = 0; index < 2; index++) {
        replicas.push(
          await startEntrypoint({
            publicPort: 0,
            connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
            environment: {
              DSC_DATABASE_URL: schema.url,
              DSC_PUBLIC_URL: balancer.url,
              DSC_BACKEND: 'kubernetes',
              KUBECONFIG: testbed.kubeconfig,
              DSC_KUBERNETES_NAMESPACE: namespace,
              DSC_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
              DSC_SIDECAR_PULL_POLICY: 'Never',
              DSC_SIDECAR_CPU: '100m', // two cores are shared by everything that runs at the same time
              S3_ENDPOINT: endpoint,
              S3_ACCESS_KEY: accessKey,
              S3_SECRET_KEY: secretKey,
              S3_BUCKET: bucket,
            },
          }),
        )
      }
      const [first, second] = replicas
      if (first === undefined || second === undefined) throw new Error('a replica is missing')
      serve(connector, balancer)
      // What one replica registers, the other serves.
      await offer(second, 'together', `sleep 4; echo "$JOB_ID" > "$OUTPUT_DIR/out.txt"`)
      const courses = Array.from({ length: jobs }, () => connector.request('together'))

      await eventually(
        'a job whose worker runs, and all accepted',
        async () => {
          const shown = await listJobs(first.adminUrl)
          const states = shown.map(({ state }) => state)
          return states.length === jobs && states.includes('running') ? { done: true } : { pending: states.join(' ') }
        },
        { deadlineMs: 90_000 },
      )
      const [killed, other] = (await launches(first)) > (await launches(second)) ? [first, second] : [second, first]
      t.true((await launches(killed)) > 0, 'it has jobs under way')
      t.true(
        balancer.asked.every((count) => count > 0),
        'both were sent messages',
      )
      await killed.kill()

      const reads = await Promise.all(
        courses.map(async ({ consumerTransferId }) => {
          const access = await connector.started(consumerTransferId)
          const response = await fetch(access.endpoint, { headers: { authorization: access.authorization } })
          t.is(response.status, 200)
          return (await response.text()).trim()
        }),
      )
      const shown = await listJobs(other.adminUrl)
      t.deepEqual(reads.toSorted(), shown.map(({ id }) => id).toSorted(), 'each transfer gave the result of one job')
      for (const { id } of shown) {
        const job = await cleared(other, id)
        t.is(job.state, 'succeeded')
        t.is(job.attempts.length, 1)
        t.is(seen.uids.get(attemptName({ jobId: id, attempt: 1 }))?.size, 1, 'one Job object')
      }
      t.deepEqual(seen.present(), [], 'nothing is left in the cluster')
      t.is(seen.uids.size, jobs, 'and there never were others')
      await eventually('everything to be told', async () => {
        const left = await schema.query('SELECT * FROM callbacks')
        return left.length === 0 ? { done: undefined } : { pending: JSON.stringify(left) }
      })
    } catch (error) {
      for (const replica of replicas) t.log((await replica.log()).slice(-6_000))
      throw error
    } finally {
      for (const replica of replicas) await replica.close()
      await balancer.close()
      await connector.close()
      await seen.close()
      await removeNamespace(testbed, namespace)
      await removeBucket(testbed, bucket)
      await drop()
    }
  },
)

function serve(connector: SimulatedConnector, { url }: Balancer): void {
  connector.serviceAt({
    provisionUrl: `${url}/connectors/provider/provision`,
    eventsUrl: `${url}/connectors/provider/events`,
  })
}

async function offer({ adminUrl }: Entrypoint, id: string, script: string): Promise<void> {
  const form = new FormData()
  form.append('asset', new Blob([JSON.stringify(smallAsset(id, script))]), 'asset.json')
  const response = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.status !== 201) throw new Error(`the asset ${id} was not registered: ${await response.text()}`)
}

/** How many attempts a replica launched. */
async function launches(replica: Entrypoint): Promise<number> {
  return (await replica.log()).split('"msg":"attempt launched"').length - 1
}

async function cleared({ adminUrl }: Entrypoint, jobId: string): Promise<ShownJob> {
  return eventually(
    `the objects of job ${jobId} to be gone`,
    async () => {
      const job = await getJob(adminUrl, jobId)
      return job.attempts.every(({ objectsRemoved }) => objectsRemoved)
        ? { done: job }
        : { pending: JSON.stringify(job.attempts) }
    },
    { deadlineMs: 90_000 },
  )
}
