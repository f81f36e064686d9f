import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubectl, makeNamespace, removeNamespace, watchJobs } from '../../support/kubectl.ts'
import type { Testbed } from '../../support/testbed.ts'
import { startStandInCluster } from '../../support/stand-in-cluster/stand-in-cluster.ts'
import type { ReadRows } from './store-view.ts'
import { trialAssets } from './trial-assets.ts'
import { makeBucket } from './trial-bucket.ts'
import { trialWorker } from './trial-worker.ts'

/** Where the service on trial runs its jobs and keeps its results. */
export interface Surroundings {
  readonly name: 'local' | 'stand-in cluster' | 'cluster'
  /** How many errands are under way at once, and how long all may take to come to its end. Milliseconds. */
  readonly pace: { readonly atOnce: number; readonly quietMs: number }
  readonly environment: Readonly<Record<string, string>>
  /** Reads the database of the service where that is PostgreSQL. */
  readonly readRows?: ReadRows
  /** Whether a worker outlives a service that is killed, so that every job ends as it should. */
  readonly workersLive: boolean
  /** What must never be, and was seen; and what is left when all is over. */
  violations(): readonly string[]
  left(): Promise<readonly string[]>
  /** Makes an attempt that nobody owns. */
  plantOrphan?: (installation: string, jobId: string, ageMs: number) => void
  close(): Promise<void>
}

/** Workers as processes of this machine, and a directory for results: needs nothing, but every kill takes the workers along. */
export async function localSurroundings(folder: string): Promise<Surroundings> {
  const assets = join(folder, 'assets')
  for (const { id } of trialAssets) {
    await mkdir(join(assets, id), { recursive: true })
    await writeFile(join(assets, id, 'worker.mjs'), worker)
  }
  return {
    name: 'local',
    pace: { atOnce: 10, quietMs: 120_000 },
    workersLive: false,
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_ASSETS: assets,
      DSC_LOCAL_DIRECTORY: join(folder, 'attempts'),
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
    },
    violations: () => [],
    left: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }
}

const worker = `import { writeFileSync } from 'node:fs'
const { WORK_MS, EXIT, FAIL_ATTEMPTS, TEXT, OUTPUT_DIR } = process.env
const attempt = Number(/-(\\d+)\\/outputs$/.exec(OUTPUT_DIR)[1])
console.log('computes')
writeFileSync(OUTPUT_DIR + '/result.txt', TEXT)
setTimeout(() => process.exit(attempt <= Number(FAIL_ATTEMPTS) ? 3 : Number(EXIT)), Number(WORK_MS))
`

/** What a real cluster takes some time for, so that a kill can come in between. */
const pace = { podMs: 20, startMs: 15, goneMs: 60 }

/** A cluster played by this process, with a real object store. */
export async function standInSurroundings(folder: string, { objectStore }: Testbed): Promise<Surroundings> {
  const pods = join(folder, 'pods')
  await mkdir(pods, { recursive: true })
  const cluster = await startStandInCluster(pods, trialWorker, pace)
  const kubeconfig = join(folder, 'kubeconfig')
  await cluster.writeKubeconfig(kubeconfig, cluster.url)
  const bucket = await makeBucket(objectStore)
  return {
    name: 'stand-in cluster',
    pace: { atOnce: 10, quietMs: 120_000 },
    workersLive: true,
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: kubeconfig,
      DSC_KUBERNETES_NAMESPACE: cluster.namespace,
      DSC_SIDECAR_IMAGE: 'localhost/sidecar:1',
      S3_ENDPOINT: objectStore.endpoint,
      S3_ACCESS_KEY: objectStore.accessKey,
      S3_SECRET_KEY: objectStore.secretKey,
      S3_BUCKET: bucket.name,
    },
    violations: () => cluster.violations,
    left: () => Promise.resolve(cluster.left().map((name) => `${name} is left in the cluster`)),
    plantOrphan: (installation, jobId, ageMs) => cluster.plantOrphan(installation, jobId, ageMs),
    async close() {
      await cluster.close()
      await bucket.remove()
    },
  }
}

/** A real cluster: few things at once, because its node is small. */
export async function clusterSurroundings(testbed: Testbed): Promise<Surroundings> {
  const { objectStore } = testbed
  const namespace = await makeNamespace(testbed)
  const bucket = await makeBucket(objectStore)
  const jobs = watchJobs(testbed, namespace)
  return {
    name: 'cluster',
    pace: { atOnce: 4, quietMs: 300_000 },
    workersLive: true,
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: testbed.kubeconfig,
      DSC_KUBERNETES_NAMESPACE: namespace,
      DSC_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
      DSC_SIDECAR_PULL_POLICY: 'Never',
      DSC_SIDECAR_CPU: '100m',
      DSC_RUNNING_JOBS: '4',
      S3_ENDPOINT: objectStore.endpoint,
      S3_ACCESS_KEY: objectStore.accessKey,
      S3_SECRET_KEY: objectStore.secretKey,
      S3_BUCKET: bucket.name,
    },
    violations: () =>
      [...jobs.uids].flatMap(([name, uids]) => (uids.size > 1 ? [`the Job ${name} was made ${uids.size} times`] : [])),
    async left() {
      const selector = 'app.kubernetes.io/managed-by=dataspace-compute'
      const kinds = 'jobs,pods,configmaps,secrets'
      const names = await kubectl(testbed, ['-n', namespace, 'get', kinds, '-l', selector, '-o', 'name'])
      return names
        .split('\n')
        .filter((name) => name !== '')
        .map((name) => `${name} is left in the cluster`)
    },
    async close() {
      await jobs.close()
      await removeNamespace(testbed, namespace)
      await bucket.remove()
    },
  }
}
