import type { ExecutionContext } from 'ava'
import { attemptName } from '../../core/job/names.ts'
import { z } from 'zod'
import { getJob, listJobs, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { expectedCounts } from '../support/expected.ts'
import { kubectl } from '../support/kubectl.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { type Installation, prepareInstallation } from './installation.ts'
import { objectsOf } from './objects.ts'
import { type PodProcess, podProcess } from './pod-process.ts'

// The chart, installed for real: cluster, MinIO and connector pair are the testbed's, the images those of this working tree.

testOnTestbed(
  'installed by the chart, it serves a consumer, is upgraded, and goes without a trace',
  async (t, testbed) => {
    t.timeout(900_000)
    const place = await prepareInstallation(testbed)
    try {
      await place.putAsset('1.0.0')
      const before = await objectsOf(place)
      const measured = measureStart(place)
      await place.deploy()
      const { process, readyMs } = await measured
      t.log(`start to ready: ${readyMs} ms; resident at once: ${await mebibytes(process)} MiB`)
      await place.connect()
      await place.dataspace.publish({ assetId: place.assetId })
      const agreement = await place.dataspace.negotiate(place.assetId)

      const dsc = ['exec', `deployment/${place.name}`, '--', 'dsc']
      t.regex(await place.kubectl(...dsc, 'connector', 'list'), /provider/)
      t.regex(await place.kubectl(...dsc, 'asset', 'list'), new RegExp(place.assetId))
      const first = await serve(t, place, agreement, 3)
      await limitsOfNetwork(t, place)
      await newVersion(t, place)
      const second = await upgraded(t, place, agreement, first)
      t.log(`resident after jobs: ${await mebibytes(await theProcess(place))} MiB`)
      for (const transfer of [first, second]) await place.dataspace.terminate(transfer, 'seen enough')
      await place.withAdmin(resultsRemoved)

      await place.uninstall()
      t.deepEqual(await objectsOf(place), before, 'what was there before, and nothing else')
      await t.throwsAsync(kubectl(testbed, ['get', 'namespace', place.jobsNamespace]), { message: /NotFound/ })
    } catch (error) {
      t.log(await place.kubectl('get', 'pods,events').catch(String))
      t.log(await place.kubectl('logs', `deployment/${place.name}`, '--tail=60').catch(String))
      throw error
    } finally {
      await place.close()
    }
  },
)

/** A consumer's transfer, to the bytes that the worker wrote; gives the consumer's transfer id. */
async function serve(t: ExecutionContext, place: Installation, agreement: string, top: number): Promise<string> {
  const transfer = await place.dataspace.transfer(place.assetId, agreement, { TOP: top })
  await place.dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  await delivers(t, place, transfer, top)
  return transfer
}

async function delivers(
  t: ExecutionContext,
  { dataspace }: Installation,
  transfer: string,
  top: number,
): Promise<void> {
  const response = await dataspace.read(await dataspace.access(transfer))
  t.is(response.status, 200)
  t.deepEqual(Buffer.from(await response.arrayBuffer()), await expectedCounts({ TOP: String(top) }))
}

/** Pods of jobs reach the object store and nothing else of this machine. */
async function limitsOfNetwork(t: ExecutionContext, place: Installation): Promise<void> {
  const { testbed, jobsNamespace } = place
  const store = new URL(testbed.objectStore.endpoint)
  const other = new URL(testbed.connectors.providerManagement).port
  const reach = (port: string) =>
    `nc -w 3 ${testbed.host} ${port} </dev/null && echo open ${port} || echo closed ${port}`
  // Policies act up to a second after a pod's start.
  const script = `sleep 3; ${reach(store.port)}; ${reach(other)}`
  const security = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'reach', namespace: jobsNamespace },
    spec: {
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { name: 'reach', image: 'localhost/busybox:1', command: ['/bin/sh', '-c', script], securityContext: security },
      ],
    },
  }
  await kubectl(testbed, ['create', '-f', '-'], JSON.stringify(pod))
  await kubectl(testbed, [
    '-n',
    jobsNamespace,
    'wait',
    '--for=jsonpath={.status.phase}=Succeeded',
    'pod/reach',
    '--timeout=60s',
  ])
  const log = await kubectl(testbed, ['-n', jobsNamespace, 'logs', 'reach'])
  t.regex(log, new RegExp(`open ${store.port}`))
  t.regex(log, new RegExp(`closed ${other}`))
  await kubectl(testbed, ['-n', jobsNamespace, 'delete', 'pod', 'reach', '--now'])
}

const directorySchema = z.object({
  folders: z.array(z.object({ version: z.string().nullable(), registered: z.boolean() })),
})

/** A changed ConfigMap is a new version, without a restart. */
async function newVersion(t: ExecutionContext, place: Installation): Promise<void> {
  await place.putAsset('1.1.0')
  // The kubelet renews mounted ConfigMaps when it looks at a pod again: about every minute, or when something about the pod changes.
  await place.kubectl('annotate', 'pod', '-l', `app.kubernetes.io/instance=${place.release}`, 'test/asset=1.1.0')
  await place.withAdmin(async (adminUrl) => {
    await eventually(
      'the new version to be registered',
      async () => {
        const response = await fetch(`${adminUrl}/api/v1/asset-directory`)
        const { folders } = directorySchema.parse(await response.json())
        const there = folders.some(({ version, registered }) => version === '1.1.0' && registered)
        return there ? { done: true } : { pending: JSON.stringify(folders) }
      },
      { deadlineMs: 150_000, pauseMs: 500 },
    )
  })
  t.is((await podNames(place)).length, 1)
}

/** An upgrade with a changed setting in the middle of a job: the job ends well, and results from before are served on. */
async function upgraded(t: ExecutionContext, place: Installation, agreement: string, open: string): Promise<string> {
  const { dataspace, assetId } = place
  const [pod] = await podNames(place)
  const known = await place.withAdmin(listJobs)
  const transfer = await dataspace.transfer(assetId, agreement, { TOP: 7 })
  const job = await place.withAdmin((adminUrl) =>
    eventually('the job to be accepted', async () => {
      const found = (await listJobs(adminUrl)).find(({ id }) => !known.some((one) => one.id === id))
      return found === undefined ? { pending: 'not yet' } : { done: found }
    }),
  )
  await place.deploy({ trustedProxies: ['10.0.0.0/8'], settings: { DSC_POLL_INTERVAL: '1s', DSC_LOG_LEVEL: 'warn' } })
  t.not((await podNames(place))[0], pod, 'it is another pod')
  await place.connect()
  await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  await delivers(t, place, transfer, 7)
  await delivers(t, place, open, 3)
  const [jobs, shown] = await place.withAdmin(
    async (adminUrl): Promise<[readonly ShownJob[], ShownJob]> => [
      await listJobs(adminUrl),
      await getJob(adminUrl, job.id),
    ],
  )
  t.is(jobs.length, known.length + 1, 'the jobs from before are known')
  t.is(shown.attempts.length, 1, `${attemptName({ jobId: job.id, attempt: 1 })} was carried through`)
  t.is(shown.state, 'succeeded')
  return transfer
}

/** What a terminated transfer leaves: nothing in the bucket. */
async function resultsRemoved(adminUrl: string): Promise<void> {
  for (const { id } of await listJobs(adminUrl))
    await eventually(`the result of ${id} to be removed`, async () => {
      const { result } = await getJob(adminUrl, id)
      return typeof result?.['removedAt'] === 'string' ? { done: true } : { pending: JSON.stringify(result) }
    })
}

async function podNames(place: Installation): Promise<readonly string[]> {
  const label = `app.kubernetes.io/instance=${place.release}`
  const names = await place.kubectl('get', 'pods', '-l', label, '-o', 'jsonpath={.items[*].metadata.name}')
  return names.split(' ').filter((name) => name !== '')
}

interface Start {
  readonly process: PodProcess
  readonly readyMs: number
}

/** From the start of the process to the first time that it says it is ready. */
async function measureStart(place: Installation): Promise<Start> {
  const process = await theProcess(place)
  const address = await eventually('the pod’s address', async () => {
    const found = await podField(place, '.status.podIP')
    return found === '' ? { pending: 'none yet' } : { done: found }
  })
  await eventually(
    'the service to be ready',
    async () => {
      const response = await fetch(`http://${address}:3000/readyz`).catch(() => undefined)
      return response?.status === 200 ? { done: true } : { pending: String(response?.status) }
    },
    { deadlineMs: 120_000, pauseMs: 10 },
  )
  return { process, readyMs: Math.round(Date.now() - process.startedAt) }
}

function theProcess(place: Installation): Promise<PodProcess> {
  return eventually(
    'the process in the pod',
    async () => {
      const uid = await podField(place, '.metadata.uid')
      const found = uid === '' ? undefined : await podProcess(uid, 'entrypoint/main.js')
      return found === undefined ? { pending: `pod ${uid} has none yet` } : { done: found }
    },
    { deadlineMs: 120_000, pauseMs: 10 },
  )
}

async function podField(place: Installation, path: string): Promise<string> {
  const label = `app.kubernetes.io/instance=${place.release}`
  return (await place.kubectl('get', 'pods', '-l', label, '-o', `jsonpath={.items[*]${path}}`)).trim()
}

async function mebibytes(process: PodProcess): Promise<string> {
  return ((await process.residentBytes()) / 2 ** 20).toFixed(1)
}
