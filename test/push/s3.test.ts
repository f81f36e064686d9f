import { hash, randomBytes } from 'node:crypto'
import { filesPrefix } from '../../core/job/names.ts'
import { parseManifest } from '../../core/result/manifest.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { testOnEachStore } from '../support/each-store.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'
import { consumerBucket } from './bucket.ts'
import { forwardingProxy } from './forwarding-proxy.ts'
import { stageOf } from './stage.ts'

const large = randomBytes(20 * 2 ** 20 + 7)
const content = { 'metrics.csv': 'a,b\n', 'plots/loss+2.svg': '<svg/>', empty: '', 'large.bin': large }

testOnEachStore('a result is put below its folder, the manifest last', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const proxy = await forwardingProxy(t, server.endpoint)
  const stage = await stageOf(t, content)
  const address = bucket.address({ endpointOverride: proxy.origin, folderName: 'runs/7' })
  t.deepEqual(await stage.push(address), { outcome: 'delivered', bytes: large.byteLength + 10, files: 4 })
  t.deepEqual((await bucket.keys()).toSorted(), [
    'runs/7/empty',
    'runs/7/large.bin',
    'runs/7/manifest.json',
    'runs/7/metrics.csv',
    'runs/7/plots/loss+2.svg',
  ])
  t.regex(proxy.calls.at(-1) ?? '', /^PUT .*\/runs\/7\/manifest\.json$/)
  t.is(proxy.calls.filter((call) => call.includes('partNumber=')).length, 3)
  t.true((await bucket.content('runs/7/large.bin')).equals(large))
  t.is((await bucket.content('runs/7/metrics.csv')).toString(), 'a,b\n')
  t.is((await bucket.content('runs/7/empty')).byteLength, 0)
  t.deepEqual(parseManifest((await bucket.content('runs/7/manifest.json')).toString()), stage.result.manifest)
  const stat = await bucket.client.statObject(bucket.name, 'runs/7/metrics.csv')
  t.is(stat.metaData['content-type'], 'text/csv')
})

testOnEachStore('a sole file takes the object’s name, and its manifest a name beside it', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const stage = await stageOf(t, { 'out/model.bin': 'x' })
  t.like(await stage.push(bucket.address({ folderName: 'in/', objectName: 'm.bin' })), { outcome: 'delivered' })
  t.deepEqual((await bucket.keys()).toSorted(), ['in/m.bin', 'in/m.bin.manifest.json'])
})

testOnEachStore('what an earlier push left whole is not sent again, anything else is', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const proxy = await forwardingProxy(t, server.endpoint)
  const stage = await stageOf(t, content)
  const address = bucket.address({ endpointOverride: proxy.origin })
  await stage.push(address)
  const sent = (): number => proxy.calls.filter((call) => call.includes('partNumber=')).length
  t.is(sent(), 3)
  await stage.push(address)
  t.is(sent(), 3, 'it is there with its digest')
  await bucket.client.putObject(bucket.name, 'large.bin', randomBytes(large.byteLength))
  await stage.push(address)
  t.is(sent(), 6, 'another one of the same length was there')
  t.true((await bucket.content('large.bin')).equals(large))
})

testOnEachStore('a push that was cut short is repeated to a whole', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const ended = new AbortController()
  let parts = 0
  const proxy = await forwardingProxy(t, server.endpoint, (call) => {
    if (call.includes('partNumber=') && (parts += 1) === 2) ended.abort(new Error('killed'))
    return 'pass'
  })
  const stage = await stageOf(t, content)
  const address = bucket.address({ endpointOverride: proxy.origin })
  await t.throwsAsync(stage.push(address, { signal: ended.signal }), { message: 'killed' })
  t.false((await bucket.keys()).some((key) => key === 'manifest.json' || key === 'large.bin'))
  t.deepEqual(await bucket.unfinished(), [], 'parts do not stay')
  t.like(await stage.push(address), { outcome: 'delivered' })
  t.true((await bucket.content('large.bin')).equals(large))
})

testOnEachStore('lost answers cost nothing: to a part, to the completion, to the manifest', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const lost = new Set<string>()
  const proxy = await forwardingProxy(t, server.endpoint, (call) => {
    const kind = /partNumber=2/.test(call)
      ? 'part'
      : /^POST .*uploadId=/.test(call)
        ? 'complete'
        : /manifest/.test(call)
          ? 'manifest'
          : ''
    if (kind === '' || lost.has(kind)) return 'pass'
    lost.add(kind)
    return 'lose the answer'
  })
  const stage = await stageOf(t, content)
  t.like(await stage.push(bucket.address({ endpointOverride: proxy.origin })), { outcome: 'delivered' })
  t.is(lost.size, 3)
  t.true((await bucket.content('large.bin')).equals(large))
  t.deepEqual(await bucket.unfinished(), [])
})

testOnEachStore('a service that is busy is tried again, then later', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  let busy = 2
  const proxy = await forwardingProxy(t, server.endpoint, () => ((busy -= 1) >= 0 ? 503 : 'pass'))
  const stage = await stageOf(t, { a: 'x' })
  const address = bucket.address({ endpointOverride: proxy.origin })
  t.like(await stage.push(address), { outcome: 'delivered' })
  busy = 1000
  t.like(await stage.push(address), { outcome: 'later' })
})

testOnEachStore(
  'a bucket that cannot take it is refused, the property named, nothing secret told',
  async (t, server) => {
    const bucket = await consumerBucket(t, server)
    const stage = await stageOf(t, content)
    const refused = async (properties: Record<string, string>, reason: RegExp): Promise<void> => {
      const outcome = await stage.push(bucket.address(properties))
      t.is(outcome.outcome, 'refused')
      t.regex(JSON.stringify(outcome), reason)
      t.notRegex(JSON.stringify(outcome), new RegExp(`canary|${server.secretKey}`))
    }
    await refused({ secretAccessKey: 'canary-secret' }, /secretAccessKey/)
    await refused({ accessKeyId: 'NOSUCHKEY', secretAccessKey: 'canary-secret' }, /accessKeyId/)
    await refused({ bucketName: 'no-such-bucket-anywhere' }, /bucketName/)
    t.deepEqual(await bucket.keys(), [])
    t.deepEqual(stage.log.lines, [])
  },
)

testOnEachStore('what is not what its manifest says never becomes an object', async (t, server) => {
  const bucket = await consumerBucket(t, server)
  const stage = await stageOf(t, { 'large.bin': large, 'small.bin': 'abc' })
  for (const [path, forged] of [
    ['large.bin', randomBytes(large.byteLength)],
    ['small.bin', Buffer.from('abd')],
  ] as const)
    await stage.objects.put(filesPrefix(stage.result) + path, forged, 'text/plain')
  t.like(await stage.push(bucket.address()), { outcome: 'later' })
  t.deepEqual(await bucket.keys(), [])
  t.deepEqual(await bucket.unfinished(), [])
})

testOnTestbed('temporary credentials that may only write below the folder are enough (MinIO)', async (t, testbed) => {
  const server = { name: 'MinIO' as const, ...testbed.objectStore }
  const bucket = await consumerBucket(t, server)
  const consumer = s3Store(s3Settings(testbed.objectStore, bucket.name))
  const access = await consumer.access({ writePrefix: 'mine/', readKeys: [], readForeign: [], durationMs: 900_000 })
  if (access.kind !== 's3' || access.sessionToken === undefined) throw new Error('these are no temporary credentials')
  const credentials = {
    accessKeyId: access.accessKey,
    secretAccessKey: access.secretKey,
    sessionToken: access.sessionToken,
  }
  const stage = await stageOf(t, content)
  t.like(await stage.push(bucket.address({ ...credentials, folderName: 'mine' })), { outcome: 'delivered', files: 4 })
  t.like(await stage.push(bucket.address({ ...credentials, folderName: 'mine' })), { outcome: 'delivered' })
  t.is(hash('sha256', await bucket.content('mine/large.bin'), 'hex'), hash('sha256', large, 'hex'))
  const outside = await stage.push(bucket.address({ ...credentials, folderName: 'theirs' }))
  t.is(outside.outcome, 'refused')
  t.regex(JSON.stringify(outside), /may not write/)
  t.regex(JSON.stringify(await stage.push(bucket.address({ ...credentials, sessionToken: 'canary' }))), /refused/)
})
