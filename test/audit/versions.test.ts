import { randomUUID } from 'node:crypto'
import test from 'ava'
import { Client } from 'minio'
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import { erasePrefix } from '../../entrypoint/objects/erase-prefix.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { type StoreServer, testOnEachStore } from '../support/each-store.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'

const buckets: { readonly client: Client; readonly bucket: string }[] = []

function clientOf({ endpoint, accessKey, secretKey }: StoreServer): Client {
  const { hostname, port } = new URL(endpoint)
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    accessKey,
    secretKey,
  })
}

async function bucketOf(server: StoreServer, versioned: boolean) {
  const bucket = `erased-${randomUUID()}`
  const store = s3Store(s3Settings(server, bucket))
  await store.check()
  const client = clientOf(server)
  buckets.push({ client, bucket })
  const enabled = versioned
    ? await client.setBucketVersioning(bucket, { Status: 'Enabled' }).then(
        () => true,
        () => false,
      )
    : false
  return { store, client, bucket, enabled }
}

test.after.always('the buckets go', async () => {
  for (const { client, bucket } of buckets) {
    await erasePrefix(client, bucket, '')
    await client.removeBucket(bucket)
  }
})

testOnEachStore('every version goes, and every mark of what was deleted', async (t, server) => {
  const { store, client, bucket, enabled } = await bucketOf(server, true)
  if (!enabled) {
    t.is(server.name, 'versitygw', 'MinIO keeps versions; versitygw only where it is started with a folder for them')
    return
  }
  for (const body of ['1', '22', '333']) await store.put('jobs/a/files/one', body, 'text/plain')
  await store.put('jobs/a/files/plus+and=@.txt', '4444', 'text/plain')
  await store.put('jobs/b/files/other', 'stays', 'text/plain')
  await client.removeObject(bucket, 'jobs/a/files/one') // leaves a mark, and three versions below it
  await store.removeAll('jobs/a/files/')
  t.deepEqual(await Array.fromAsync(store.list('jobs/a/')), [], 'nothing is to be seen, but')
  t.deepEqual(await store.erase('jobs/a/'), { objects: 4, bytes: 10, uploads: 0, left: 0 })
  t.deepEqual(await store.erase('jobs/a/'), { objects: 0, bytes: 0, uploads: 0, left: 0 })
  t.deepEqual(await store.erase('jobs/b/'), { objects: 1, bytes: 5, uploads: 0, left: 0 })
})

testOnEachStore('uploads in parts that nobody finished go, too', async (t, server) => {
  const { store, client, bucket } = await bucketOf(server, false)
  await client.initiateNewMultipartUpload(bucket, 'jobs/a/files/large', {})
  await client.initiateNewMultipartUpload(bucket, 'jobs/b/files/large', {})
  t.deepEqual(await store.erase('jobs/a/'), { objects: 0, bytes: 0, uploads: 1, left: 0 })
  t.deepEqual(await store.erase('jobs/b/'), { objects: 0, bytes: 0, uploads: 1, left: 0 })
})

testOnEachStore('more versions than one answer lists go', async (t, server) => {
  const { store, enabled } = await bucketOf(server, true)
  const names = Array.from({ length: 520 }, (_, index) => `jobs/a/${String(index).padStart(4, '0')}`)
  for (let round = 0; round < 2; round += 1)
    for (let first = 0; first < names.length; first += 40)
      await Promise.all(names.slice(first, first + 40).map((name) => store.put(name, '', 'text/plain')))
  t.like(await store.erase('jobs/a/'), { objects: enabled ? 1_040 : 520, left: 0 })
})

/** A client with a key that may list and delete, but no versions. */
async function lesser(server: StoreServer, bucket: string): Promise<Client> {
  const arn = `arn:aws:s3:::${bucket}`
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:ListBucketMultipartUploads'], Resource: [arn] },
      { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${arn}/*`] },
    ],
  }
  const { endpoint: stsEndpoint, accessKey, secretKey } = server
  const action = 'AssumeRole'
  const provider = new AssumeRoleProvider({ stsEndpoint, accessKey, secretKey, action, policy: JSON.stringify(policy) })
  const credentials = await provider.getCredentials()
  const { hostname, port } = new URL(server.endpoint)
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    accessKey: credentials.getAccessKey(),
    secretKey: credentials.getSecretKey(),
    sessionToken: credentials.getSessionToken() ?? '',
  })
}

testOnTestbed('a key that may not remove versions removes what it can, and the removal says so', async (t, testbed) => {
  const server = { name: 'MinIO', ...testbed.objectStore } as const
  const { store, client, bucket } = await bucketOf(server, true)
  for (const body of ['1', '22']) await store.put('jobs/a/files/one', body, 'text/plain')
  const erased = await erasePrefix(await lesser(server, bucket), bucket, 'jobs/a/')
  t.deepEqual(erased, { objects: 2, bytes: 3, uploads: 0, left: 0, versionsKept: true })
  t.deepEqual(await Array.fromAsync(store.list('jobs/a/')), [])
  t.deepEqual(await erasePrefix(client, bucket, 'jobs/a/'), { objects: 2, bytes: 3, uploads: 0, left: 0 })
})

testOnTestbed('where a bucket keeps no versions, that key is enough', async (t, testbed) => {
  const server = { name: 'MinIO', ...testbed.objectStore } as const
  const { store, bucket } = await bucketOf(server, false)
  await store.put('jobs/a/files/one', '1', 'text/plain')
  const erased = await erasePrefix(await lesser(server, bucket), bucket, 'jobs/a/')
  t.deepEqual(erased, { objects: 1, bytes: 1, uploads: 0, left: 0 })
})
