import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { Client } from 'minio'
import { z } from 'zod'
import { keysBelow, removeBucket } from '../../e2e/real-parts.ts'
import { ENDED } from '../../support/dataspace.ts'
import { getJob, listJobs } from '../../support/entrypoint.ts'
import { eventually } from '../../support/eventually.ts'
import { expectedCounts } from '../../support/expected.ts'
import { startSink } from '../../support/sink.ts'
import { type Testbed, testOnTestbed } from '../../support/testbed.ts'
import { type EdcVersion, edcVersions } from './control-plane.ts'
import { beginPush } from './scene.ts'
import { resultOf, type ServiceScene, startServiceScene } from './service.ts'

// The service is the only data plane of a real control plane. Backend is the local one; results lie in the real MinIO.

/** One service for each version of EDC, started by the first test that needs it. */
const scenes = new Map<EdcVersion, Promise<ServiceScene>>()

test.after.always(async () => {
  for (const scene of scenes.values()) await (await scene).close()
})

function onEach(
  title: string,
  body: (t: ExecutionContext, scene: ServiceScene, testbed: Testbed) => Promise<void>,
): void {
  for (const version of edcVersions)
    testOnTestbed(`EDC ${version}: ${title}`, async (t, testbed) => {
      const started = scenes.get(version) ?? startServiceScene(testbed, version)
      scenes.set(version, started)
      await body(t, await started, testbed)
    })
}

onEach('a pull starts at once, its address waits for the result, and suspending closes it', async (t, scene) => {
  const { dataspace, entrypoint, wordCount } = scene
  const transfer = await dataspace.transfer(wordCount, await dataspace.negotiate(wordCount), { TOP: 3 })
  await dataspace.consumerReaches(transfer, ['STARTED'])
  const response = await resultOf(scene, transfer)
  t.is(response.status, 200)
  t.deepEqual(Buffer.from(await response.arrayBuffer()), await expectedCounts({ TOP: '3' }))
  const access = await dataspace.access(transfer)
  const ofConsumer = (verb: string, document: Record<string, unknown>) =>
    dataspace.consumer.send('POST', `/v3/transferprocesses/${transfer}/${verb}`, document)
  await ofConsumer('suspend', { '@type': 'SuspendTransfer', reason: 'lunch' })
  await dataspace.consumerReaches(transfer, ['SUSPENDED'])
  await dataspace.providerReaches(transfer, ['SUSPENDED'])
  t.is((await dataspace.read(access)).status, 403)
  await ofConsumer('resume', {})
  await dataspace.consumerReaches(transfer, ['STARTED'])
  t.deepEqual(await dataspace.access(transfer), access, 'the same address and the same token')
  t.is((await dataspace.read(access)).status, 200)
  const [job] = await listJobs(entrypoint.adminUrl)
  t.is(job?.consumerId, 'consumer')
  t.deepEqual(job?.parameters, { TOP: '3' })
  await dataspace.terminate(transfer, 'seen enough')
  await eventually('the address to be dead', async () => {
    const { status } = await dataspace.read(access)
    return [401, 403, 404, 410].includes(status) ? { done: true } : { pending: `it answers ${status}` }
  })
})

onEach('several files of a pull, each by its path', async (t, scene) => {
  const { dataspace, linearRegression } = scene
  const agreementId = await dataspace.negotiate(linearRegression)
  const transfer = await dataspace.transfer(linearRegression, agreementId, { EPOCHS: 7 })
  await dataspace.consumerReaches(transfer, ['STARTED'])
  await resultOf(scene, transfer)
  const model = await dataspace.read(await dataspace.access(transfer), '/files/model.json')
  t.like(await model.json(), { epochs: 7 })
})

onEach('a push to an HTTP server, and the transfer is completed on both sides', async (t, scene) => {
  const { dataspace, controlPlane, wordCount: assetId } = scene
  const sink = await startSink()
  t.teardown(() => sink.close())
  const destination = { type: 'HttpData', baseUrl: sink.url, params: '{"TOP":4}' }
  const agreementId = await dataspace.negotiate(assetId)
  const transfer = await beginPush({ dataspace, controlPlane, assetId }, agreementId, 'HttpData-PUSH', destination)
  await dataspace.consumerReaches(transfer, ['COMPLETED'])
  await dataspace.providerReaches(transfer, ENDED)
  t.deepEqual(sink.bodies, [await expectedCounts({ TOP: '4' })])
})

onEach('a push to a bucket, and the transfer is completed on both sides', async (t, scene, testbed) => {
  const { dataspace, controlPlane, linearRegression: assetId } = scene
  const { bucketName, read } = await consumersBucket(t, testbed)
  const { endpoint: endpointOverride, accessKey: accessKeyId, secretKey: secretAccessKey } = testbed.objectStore
  const destination = {
    type: 'AmazonS3',
    region: 'us-east-1',
    bucketName,
    folderName: 'run',
    endpointOverride,
    accessKeyId,
    secretAccessKey,
    params: '{"EPOCHS":7}',
  }
  const agreementId = await dataspace.negotiate(assetId)
  const transfer = await beginPush({ dataspace, controlPlane, assetId }, agreementId, 'AmazonS3-PUSH', destination)
  await dataspace.consumerReaches(transfer, ['COMPLETED'])
  await dataspace.providerReaches(transfer, ENDED)
  const { files } = manifestSchema.parse(JSON.parse((await read('run/manifest.json')).toString()))
  t.deepEqual(
    (await keysBelow(testbed, bucketName, '')).toSorted(),
    ['run/manifest.json', ...files.map(({ path }) => `run/${path}`)].toSorted(),
  )
  t.is(files.length, 3)
  for (const { path, sha256 } of files)
    t.is(
      createHash('sha256')
        .update(await read(`run/${path}`))
        .digest('hex'),
      sha256,
      path,
    )
  t.like(JSON.parse((await read('run/model.json')).toString()), { epochs: 7 })
})

onEach('a job that fails ends its transfer with the cause', async (t, { dataspace, entrypoint, linearRegression }) => {
  const agreementId = await dataspace.negotiate(linearRegression)
  const transfer = await dataspace.transfer(linearRegression, agreementId, { LEARNING_RATE: 1 })
  await dataspace.consumerReaches(transfer, ['TERMINATED'])
  const provider = await dataspace.providerReaches(transfer, ENDED)
  t.regex(provider.errorDetail ?? '', /exit-code/)
  const [newest] = await listJobs(entrypoint.adminUrl)
  t.is((await getJob(entrypoint.adminUrl, newest?.id ?? '')).failure?.exitCode, 3)
})

onEach(
  'parameters that the asset refuses end the transfer before anything runs',
  async (t, { dataspace, wordCount }) => {
    const transfer = await dataspace.transfer(wordCount, await dataspace.negotiate(wordCount), { TOP: 'many' })
    await dataspace.consumerReaches(transfer, ['TERMINATED'])
    const provider = await dataspace.providerReaches(transfer, ENDED)
    t.regex(provider.errorDetail ?? '', /TOP must be integer/)
  },
)

onEach(
  'the service is killed and started again: addresses work as before, and transfers come again',
  async (t, scene) => {
    const { dataspace, entrypoint, wordCount } = scene
    const agreementId = await dataspace.negotiate(wordCount)
    const before = await dataspace.transfer(wordCount, agreementId, { TOP: 2 })
    await dataspace.consumerReaches(before, ['STARTED'])
    const response = await resultOf(scene, before)
    await entrypoint.kill()
    await entrypoint.start()
    await scene.selected()
    t.deepEqual(await (await resultOf(scene, before)).text(), await response.text())
    const after = await dataspace.transfer(wordCount, agreementId, { TOP: 2 })
    await dataspace.consumerReaches(after, ['STARTED'])
    t.is((await resultOf(scene, after)).status, 200)
  },
)

const manifestSchema = z.looseObject({ files: z.array(z.looseObject({ path: z.string(), sha256: z.string() })) })

/** A bucket of the consumer's, and how its objects are read. */
async function consumersBucket(t: ExecutionContext, testbed: Testbed) {
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const { hostname, port } = new URL(endpoint)
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  const bucketName = `test-json-ld-${randomBytes(4).toString('hex')}`
  await client.makeBucket(bucketName)
  t.teardown(() => removeBucket(testbed, bucketName))
  return { bucketName, read: async (key: string) => buffer(await client.getObject(bucketName, key)) }
}
