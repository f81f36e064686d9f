import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { Client } from 'minio'
import { erasePrefix } from '../../entrypoint/objects/erase-prefix.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { sidecarStore } from './sidecar-store.ts'
import { httpServer } from '../support/http-server.ts'
import { testOnTestbed, type Testbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'
import { gateway, manifestOf } from './gateway.ts'
import { caller, prepareMessage, receiver } from './receiver.ts'
import { startTwoServices } from './two-services.ts'

// Receiving into a real S3 service with temporary credentials: MinIO.

/** A bucket of the test's own. */
async function bucketOf(t: ExecutionContext, { objectStore }: Testbed) {
  const { endpoint, accessKey, secretKey } = objectStore
  const bucket = `dsc-receiving-${randomUUID().slice(0, 13)}`
  const store = s3Store(s3Settings(objectStore, bucket))
  await store.check()
  t.teardown(async () => {
    const { hostname, port } = new URL(endpoint)
    const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
    await erasePrefix(client, bucket, '')
    await client.removeBucket(bucket)
  })
  return { bucket, store }
}

const files = { 'a.txt': 'first', 'b/c.txt': 'second file', empty: '' }

testOnTestbed(
  'what is pulled lies in the bucket, large files in parts, and goes from there without a rest',
  async (t, testbed) => {
    const { store } = await bucketOf(t, testbed)
    const large = 'l'.repeat(40 * 2 ** 20)
    const provider = await gateway(t, { ...files, large })
    const consumer = await receiver(t, { wrapObjects: () => store })
    const processId = await consumer.pull(provider.address)
    await consumer.run()
    const { id, content, state } = await consumer.find(processId)
    t.is(state, 'received')
    t.deepEqual(content?.files, manifestOf({ ...files, large }).files)
    const there = await Array.fromAsync(store.list(`received/${id}/`))
    t.is(there.find(({ key }) => key.endsWith('/large'))?.size, large.length)
    t.like(await store.erase(`received/${id}/`), { objects: 5, left: 0 })
  },
)

testOnTestbed(
  'a file that is broken off for good leaves neither an object nor an upload in parts',
  async (t, testbed) => {
    const { store } = await bucketOf(t, testbed)
    const url = await httpServer(t, (request, response) => {
      if (request.url !== '/large.bin') return void response.writeHead(404).end()
      response.writeHead(200)
      response.write(Buffer.alloc(40 * 2 ** 20), () => response.destroy())
    })
    const consumer = await receiver(t, { wrapObjects: () => store, rules: { patienceMs: 1_000 } })
    const address = { endpointType: 'HttpData', endpoint: `${url}/large.bin`, properties: {} }
    const processId = await consumer.pull(address)
    await consumer.run()
    const { id, failure } = await consumer.find(processId)
    t.is(failure?.cause, 'unreachable')
    t.deepEqual(await store.erase(`received/${id}/`), { objects: 0, bytes: 0, uploads: 0, left: 0 })
  },
)

testOnTestbed(
  'a push gets credentials for its own prefix alone, which are worth nothing when it is over',
  async (t, testbed) => {
    const { store } = await bucketOf(t, testbed)
    const { endpoint } = testbed.objectStore
    const consumer = await receiver(t, { wrapObjects: () => store, rules: { s3Endpoint: endpoint } })
    const message = prepareMessage('AmazonS3-PUSH')
    const { dataAddress } = await consumer.dataPlane.prepare(message, caller)
    const again = await consumer.dataPlane.prepare(message, caller)
    t.not(
      again.dataAddress?.properties['accessKeyId'],
      dataAddress?.properties['accessKeyId'],
      'others for the same place',
    )
    await consumer.dataPlane.started(message.processId, {}, caller)
    const { id } = await consumer.find(message.processId)
    t.is(dataAddress?.properties['folderName'], `received/${id}`)
    const first = sidecarStore(t, dataAddress)
    const second = sidecarStore(t, again.dataAddress)
    await first.put(`received/${id}/a.txt`, 'first')
    await second.put(`received/${id}/b/c.txt`, 'second file')
    await second.put(`received/${id}/empty`, '')
    await first.put(`received/${id}/manifest.json`, JSON.stringify(manifestOf(files)))
    for (const key of ['received/other/a.txt', 'jobs/x/attempts/1/manifest.json'])
      await t.throwsAsync(first.put(key, 'x'), { message: /AccessDenied/ })
    await consumer.dataPlane.completed(message.processId, caller)
    await consumer.run()
    const { state, content } = await consumer.find(message.processId)
    t.is(state, 'received')
    t.like(content, { verifiedBy: 'manifest', totalBytes: 16 })
    for (const one of [first, second])
      await t.throwsAsync(one.put(`received/${id}/a.txt`, 'changed'), {
        message: /AccessDenied|InvalidAccessKeyId|InvalidTokenId/,
      })
    t.is((await store.head(`received/${id}/a.txt`))?.size, 5)
  },
)

testOnTestbed('this service pushes a result to this service, by S3', async (t, testbed) => {
  t.timeout(240_000)
  const { bucket } = await bucketOf(t, testbed)
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const services = await startTwoServices(t, {
    provider: { DSC_PUSH_HOSTS: new URL(endpoint).host },
    consumer: {
      DSC_OBJECT_STORE: 's3',
      S3_ENDPOINT: endpoint,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      DSC_RECEIVE_DESTINATION: 's3',
    },
  })
  const code = `
    import { writeFileSync } from 'node:fs'
    writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')
    writeFileSync(process.env.OUTPUT_DIR + '/large.bin', Buffer.alloc(20 * 2 ** 20, 'abc'))`
  const outputs = [{ name: 'sum.txt' }, { name: 'large.bin' }]
  await services.offer('two', code, { outputs, transfers: ['push'] })
  for (const transferType of ['Compute-PUSH', 'AmazonS3-PUSH']) {
    const transfer = services.pair.request({ assetId: 'two', transferType })
    const reception = await services.reaches(transfer, 'received', 'failed')
    t.like(reception, { state: 'received', destination: 's3' }, JSON.stringify(reception.failure))
    const read = await services.read(reception)
    t.true(read['large.bin']?.equals(Buffer.alloc(20 * 2 ** 20, 'abc')))
    t.is(read['sum.txt']?.toString(), '42')
    await services.pair.provider.reaches(await transfer.providerId(), 'COMPLETED', 30_000)
  }
})
