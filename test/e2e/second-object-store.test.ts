import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Client } from 'minio'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { listKeys } from '../../entrypoint/objects/list-keys.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { fencedBlocks } from '../docs/fenced-blocks.ts'
import { Dataspace } from '../support/dataspace.ts'
import { testOnSecondStore } from '../support/each-store.ts'
import { projectRoot, startEntrypoint } from '../support/entrypoint.ts'
import type { SecondObjectStore, Testbed } from '../support/testbed.ts'
import { offerExamples, oneFile, type Scene, severalFiles, terminatedByConsumer } from './scenario.ts'

// A store without STS: service and sidecars with the rights that docs/object-stores.md gives them, and no more.

testOnSecondStore('jobs run with the policy of the documentation, on a store without STS', async (t, _, testbed) => {
  const { store, bucket, root } = await bucketWith(t, testbed, await documentedPolicy())
  const connector = await simulatedConnector()
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: `${projectRoot}/config/assets`,
      S3_ENDPOINT: store.endpoint,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY: store.serviceUser.accessKey,
      S3_SECRET_KEY: store.serviceUser.secretKey,
      S3_STS: 'false',
      S3_UPLOAD_ACCESS_KEY: store.uploadUser.accessKey,
      S3_UPLOAD_SECRET_KEY: store.uploadUser.secretKey,
    },
  })
  const address = `${entrypoint.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
  const scene: Scene = { dataspace: new Dataspace(connector), entrypoint, idOf: (example) => example }
  try {
    await offerExamples(scene)
    await oneFile(t, scene)
    await severalFiles(t, scene)
    await terminatedByConsumer(t, scene)
    const keys = (await Array.fromAsync(listKeys(root, bucket, 'jobs/'))).map(({ key }) => key)
    t.is(keys.filter((key) => key.endsWith('/manifest.json')).length, 2, 'the third result was removed')
  } finally {
    await entrypoint.close()
    await connector.close()
  }
})

testOnSecondStore('a store that refuses to remove is an error, not silence', async (t, _, testbed) => {
  const policy = (await documentedPolicy()).replace('"s3:DeleteObject", ', '')
  const { store, bucket } = await bucketWith(t, testbed, policy)
  const { endpoint, serviceUser } = store
  const objects = s3Store({
    endpoint,
    podEndpoint: endpoint,
    linkEndpoint: endpoint,
    stsEndpoint: endpoint,
    stsRole: undefined,
    region: 'us-east-1',
    bucket,
    ...serviceUser,
    uploadUser: store.uploadUser,
  })
  await objects.put('jobs/1/a', 'x', 'text/plain')
  await t.throwsAsync(objects.removeAll('jobs/1/'), { message: /did not remove what is below jobs\/1\/: AccessDenied/ })
})

/** The bucket policy on the page. */
async function documentedPolicy(): Promise<string> {
  const page = await readFile(join(projectRoot, 'docs/object-stores.md'), 'utf8')
  const policy = fencedBlocks(page).find(({ language, text }) => language === 'json' && text.includes('compute-upload'))
  if (policy === undefined) throw new Error('docs/object-stores.md has no policy for compute-upload')
  return policy.text
}

/** A bucket of the test's own with that policy, for the users of the testbed. */
async function bucketWith(
  t: ExecutionContext,
  { secondObjectStore: store }: Testbed,
  policy: string,
): Promise<{ store: SecondObjectStore; bucket: string; root: Client }> {
  if (store === undefined) throw new Error('there is no second object store')
  const bucket = `documented-${randomBytes(4).toString('hex')}`
  const { hostname, port } = new URL(store.endpoint)
  const { accessKey, secretKey } = store
  const root = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  await root.makeBucket(bucket)
  t.teardown(async () => {
    for await (const { key } of listKeys(root, bucket, '')) await root.removeObject(bucket, key)
    await root.removeBucket(bucket)
  })
  const own = policy
    .replaceAll('arn:aws:s3:::dataspace-compute', `arn:aws:s3:::${bucket}`)
    .replaceAll('compute-service', store.serviceUser.accessKey)
    .replaceAll('compute-upload', store.uploadUser.accessKey)
  await root.setBucketPolicy(bucket, own)
  return { store, bucket, root }
}
