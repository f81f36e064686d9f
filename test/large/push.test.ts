import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { buildManifest } from '../../core/result/manifest.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { pushResult } from '../../entrypoint/push/push-result.ts'
import { s3Store as sidecarStore } from '../../sidecar/store/s3.ts'
import { partSize } from '../../sidecar/store/store.ts'
import { consumerBucket } from '../push/bucket.ts'
import { httpAddress } from '../push/stage.ts'
import { httpServer } from '../support/http-server.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'

const size = 2 ** 30
/** How much this process may grow while it pushes, whatever the size: 32 MiB of buffers, and what waits for the garbage collector. Bytes. */
const allowedGrowth = 192 * 2 ** 20

/** Stores random bytes from one buffer: what storing them costs must not hide what pushing them does. Gives their SHA-256. */
async function storeNoise({ objectStore }: Testbed, bucket: string, key: string): Promise<string> {
  const rules = { patienceMs: 60_000, longestPauseMs: 1_000 }
  const store = sidecarStore({ kind: 's3', region: 'us-east-1', bucket, ...objectStore }, rules, () => undefined)
  const forever = new AbortController().signal
  const hash = createHash('sha256')
  const part = randomBytes(partSize)
  const parts = await store.startParts(key, undefined, forever)
  for (let number = 1; number * partSize <= size; number += 1) {
    part.writeUInt32LE(number)
    hash.update(part)
    await parts.put(number, part, forever)
  }
  await parts.complete(forever)
  store.close()
  return hash.digest('hex')
}

/** Pushes a result of one file of this size from the testbed's object store, and tells how long it took and how much memory. */
async function pushLarge(t: ExecutionContext, testbed: Testbed, destination: DataAddress): Promise<string> {
  const { name: bucket } = await consumerBucket(t, { name: 'MinIO', ...testbed.objectStore })
  const objects = s3Store(s3Settings(testbed.objectStore, bucket))
  const ref = { jobId: `push-${randomUUID()}`, attempt: 1 }
  const sha256 = await storeNoise(testbed, bucket, `${filesPrefix(ref)}large.bin`)
  const result = {
    ...ref,
    manifest: buildManifest(ref.jobId, 1, [{ path: 'large.bin', size, sha256 }]),
    registeredAt: Date.now(),
  }
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  const begun = performance.now()
  const outcome = await pushResult(
    {
      objects,
      logger: recordingLogger(),
      rules: { allowed: ['127.0.0.0/8', '10.0.0.0/8'], plainHttp: false },
    },
    { destination, result, signal: new AbortController().signal },
  )
  clearInterval(watch)
  t.deepEqual(outcome, { outcome: 'delivered', bytes: size, files: 1 })
  const seconds = (performance.now() - begun) / 1000
  const grown = most - before
  t.log(`${(size / 2 ** 20 / seconds).toFixed(0)} MiB/s, ${(grown / 2 ** 20).toFixed(0)} MiB more than before at most`)
  t.true(grown < allowedGrowth, `the process grew by ${grown} bytes`)
  return sha256
}

testOnTestbed('1 GiB is pushed into a bucket in bounded memory', async (t, testbed) => {
  t.timeout(600_000)
  const mine = await consumerBucket(t, { name: 'MinIO', ...testbed.objectStore })
  const sha256 = await pushLarge(t, testbed, mine.address({ folderName: 'large' }))
  const hash = createHash('sha256')
  for await (const chunk of await mine.client.getObject(mine.name, 'large/large.bin')) hash.update(chunk as Buffer)
  t.is(hash.digest('hex'), sha256)
})

testOnTestbed('1 GiB is pushed to an HTTP server in bounded memory', async (t, testbed) => {
  t.timeout(600_000)
  const hash = createHash('sha256')
  const url = await httpServer(t, (request, response) => {
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    request.on('end', () => response.writeHead(204).end())
  })
  const sha256 = await pushLarge(t, testbed, httpAddress(url))
  t.is(hash.digest('hex'), sha256)
})
