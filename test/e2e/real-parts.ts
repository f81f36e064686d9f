import { randomBytes } from 'node:crypto'
import { Client } from 'minio'
import { leaksInBucket } from '../support/bucket-leaks.ts'
import { Dataspace } from '../support/dataspace.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { type JobWatch, makeNamespace, removeNamespace, watchJobs } from '../support/kubectl.ts'
import { noLeaks } from '../support/leaks.ts'
import { secretsOf } from '../support/object-leaks.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { claimPair, type Testbed } from '../support/testbed.ts'
import { offerExamples, type Scene } from './scenario.ts'

/** The whole way on real parts: connector pair, cluster, MinIO, and the service between them as a process of its own. */
export interface RealParts extends Scene {
  readonly testbed: Testbed
  readonly namespace: string
  readonly bucket: string
  readonly jobs: JobWatch
  /** What the connector posted to the service. */
  readonly proxy: RecordingProxy
  close(): Promise<void>
}

/** Brings everything up with a namespace and a bucket of its own, and offers both examples. */
export async function startRealParts(
  testbed: Testbed,
  environment: Readonly<Record<string, string>> = {},
): Promise<RealParts> {
  const { pair, provisionPort, release } = await claimPair(testbed)
  const namespace = await makeNamespace(testbed)
  const suffix = randomBytes(4).toString('hex')
  const bucket = `test-${suffix}`
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const entrypoint: Entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: pair.providerManagement, apiKey: pair.providerKey },
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: testbed.kubeconfig,
      DSC_KUBERNETES_NAMESPACE: namespace,
      DSC_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
      DSC_SIDECAR_PULL_POLICY: 'Never',
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_BUCKET: bucket,
      ...environment,
    },
  })
  const proxy = await startRecordingProxy(provisionPort, entrypoint.publicUrl)
  const jobs = watchJobs(testbed, namespace)
  const parts: RealParts = {
    dataspace: new Dataspace(pair),
    entrypoint,
    idOf: (example) => `${example}-${suffix}`,
    testbed,
    namespace,
    bucket,
    jobs,
    proxy,
    async close() {
      await proxy.close()
      await entrypoint.close()
      await jobs.close()
      await removeNamespace(testbed, namespace)
      await removeBucket(testbed, bucket)
      await release()
    },
  }
  try {
    await offerExamples(parts)
  } catch (error) {
    await parts.close()
    throw error
  }
  return parts
}

/** An independent client of the object store. */
function storeClient({ objectStore }: Testbed): Client {
  const { hostname, port } = new URL(objectStore.endpoint)
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: objectStore.accessKey,
    secretKey: objectStore.secretKey,
  })
}

/** Every key below a prefix. */
export async function keysBelow(testbed: Testbed, bucket: string, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const item of storeClient(testbed).listObjectsV2(bucket, prefix, true)) keys.push(String(item.name))
  return keys
}

/**
 * Removes a bucket with all that is in it.
 * @throws where a secret of the testbed, or a canary, stood in the name of an object, or in what it holds
 */
export async function removeBucket(testbed: Testbed, bucket: string): Promise<void> {
  const client = storeClient(testbed)
  if (!(await client.bucketExists(bucket))) return
  const leaks = await leaksInBucket(client, bucket, secretsOf(testbed))
  await client.removeObjects(bucket, [...(await keysBelow(testbed, bucket, ''))])
  await client.removeBucket(bucket)
  noLeaks(leaks)
}
