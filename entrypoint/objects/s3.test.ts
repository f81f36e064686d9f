import { randomUUID } from 'node:crypto'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { Client } from 'minio'
import { type Declare, testObjectStore, textOf } from '../../test/contract/object-store.contract.ts'
import { type StoreServer, testOnEachStore } from '../../test/support/each-store.ts'
import { testOnTestbed } from '../../test/support/testbed.ts'
import { attemptPrefix } from '../../core/job/names.ts'
import { LaunchRefused } from '../../core/ports/backend.ts'
import type { AccessRequest, ObjectStore, StoreAccess } from '../../core/ports/object-store.ts'
import { policyFor } from './credentials.ts'
import { type S3Settings, s3Store } from './s3.ts'

const bucket = `unit-test-${randomUUID()}`

type Part = Pick<StoreServer, 'endpoint' | 'accessKey' | 'secretKey' | 'uploadUser'>

function settings({ endpoint, accessKey, secretKey, uploadUser }: Part): S3Settings {
  const podEndpoint = 'http://store.example:9000'
  return {
    endpoint,
    podEndpoint,
    linkEndpoint: endpoint,
    region: 'us-east-1',
    bucket,
    accessKey,
    secretKey,
    stsEndpoint: endpoint,
    stsRole: undefined,
    uploadUser,
  }
}

function client({ endpoint }: Part, keys: { accessKey: string; secretKey: string; sessionToken?: string }): Client {
  const { hostname, port } = new URL(endpoint)
  const { accessKey, secretKey, sessionToken } = keys
  const token = sessionToken === undefined ? {} : { sessionToken }
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    accessKey,
    secretKey,
    ...token,
  })
}

const removals = new Map<string, () => Promise<void>>()

/** The store, with its bucket made, and a client that may do anything. */
async function ready(part: Part): Promise<{ store: ObjectStore; root: Client; part: Part }> {
  const store = s3Store(settings(part))
  const root = client(part, part)
  await store.check() // makes the bucket
  removals.set(part.endpoint, async () => {
    await store.removeAll('')
    await root.removeBucket(bucket)
  })
  return { store, root, part }
}

test.after.always('the buckets are removed', async () => {
  await Promise.all([...removals.values()].map(async (remove) => remove()))
})

const onEachStore: Declare = (title, body) =>
  testOnEachStore(title, (t, server) => {
    present = server
    return body(t)
  })
let present: Part | undefined
testObjectStore(
  's3',
  async () => {
    if (present === undefined) throw new Error('there is no testbed')
    return (await ready(present)).store
  },
  onEachStore,
)

const ref = { jobId: '0b7cbe0a-6a0e-4d57-9f0c-6f6a1f0f3c11', attempt: 2 }
const request: AccessRequest = {
  writePrefix: attemptPrefix(ref),
  readKeys: ['assets/bundle/text.txt'],
  readForeign: [{ bucket: `${bucket}-other`, key: 'model.bin' }],
  durationMs: 1,
}

testOnTestbed(
  's3: the credentials of an attempt write below its prefix and read its inputs, and nothing else',
  async (t, testbed) => {
    const { store, root, part } = await ready(testbed.objectStore)
    for (const key of ['assets/bundle/text.txt', 'assets/bundle/other.txt', 'jobs/other/attempts/1/files/a'])
      await store.put(key, 'inside', 'text/plain')
    await root.makeBucket(`${bucket}-other`)
    t.teardown(async () => {
      await root.removeObjects(`${bucket}-other`, ['model.bin', 'secret.bin'])
      await root.removeBucket(`${bucket}-other`)
    })
    await root.putObject(`${bucket}-other`, 'model.bin', 'model')
    await root.putObject(`${bucket}-other`, 'secret.bin', 'secret')

    const access = s3Access(await store.access(request))
    t.like(access, { endpoint: 'http://store.example:9000', region: 'us-east-1', bucket })
    t.not(access.accessKey, part.accessKey)
    t.not(access.secretKey, part.secretKey)
    t.truthy(access.sessionToken)
    const own = client(part, access)

    await own.putObject(bucket, `${attemptPrefix(ref)}files/a.txt`, 'result')
    t.is(await textOf(await store.open(`${attemptPrefix(ref)}files/a.txt`)), 'result')
    t.is(await textOf(await own.getObject(bucket, 'assets/bundle/text.txt')), 'inside')
    t.is(await textOf(await own.getObject(`${bucket}-other`, 'model.bin')), 'model')

    const denied: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['write for another job', () => own.putObject(bucket, 'jobs/other/attempts/1/files/a', 'evil')],
      ['write for another attempt', () => own.putObject(bucket, attemptPrefix({ ...ref, attempt: 1 }), 'evil')],
      [
        'write for attempt 20',
        () => own.putObject(bucket, `${attemptPrefix({ ...ref, attempt: 20 })}manifest.json`, 'evil'),
      ],
      ['write an input', () => own.putObject(bucket, 'assets/bundle/text.txt', 'evil')],
      ['write beside the prefix', () => own.putObject(bucket, attemptPrefix(ref).slice(0, -1), 'evil')],
      ['read another job', () => own.getObject(bucket, 'jobs/other/attempts/1/files/a')],
      ['read another input', () => own.getObject(bucket, 'assets/bundle/other.txt')],
      ['read another object of the other bucket', () => own.getObject(`${bucket}-other`, 'secret.bin')],
      ['write into the other bucket', () => own.putObject(`${bucket}-other`, 'model.bin', 'evil')],
      ['delete its own', () => own.removeObject(bucket, `${attemptPrefix(ref)}files/a.txt`)],
      ['list', async () => Array.fromAsync(own.listObjectsV2(bucket, '', true))],
      ['list its own', async () => Array.fromAsync(own.listObjectsV2(bucket, attemptPrefix(ref), true))],
    ]
    for (const [what, call] of denied) await t.throwsAsync(call(), { message: /denied/i }, what)
    t.is(await textOf(await store.open('jobs/other/attempts/1/files/a')), 'inside')
  },
)

testOnTestbed('s3: credentials last at least a quarter of an hour, however short the attempt', async (t, testbed) => {
  const { store } = await ready(testbed.objectStore)
  await t.notThrowsAsync(store.access({ ...request, readForeign: [], durationMs: 0 }))
  await t.notThrowsAsync(store.access({ ...request, readForeign: [], durationMs: 365 * 86_400_000 }))
})

testOnTestbed('s3: STS may be at another address and want a role', async (t, { objectStore }) => {
  const asked: URLSearchParams[] = []
  const sts = createServer((incoming, answer) => {
    const passOn = async () => {
      const body = await text(incoming)
      asked.push(new URLSearchParams(body))
      // Passed on as it came: the signature covers the header `host`.
      const passed = forward(objectStore.endpoint, { method: 'POST', headers: incoming.headers }, (real) =>
        real.pipe(answer.writeHead(real.statusCode ?? 500)),
      )
      passed.end(body)
    }
    void passOn()
  })
  await new Promise<void>((resolve) => sts.listen(0, new URL(objectStore.endpoint).hostname, resolve))
  t.teardown(() => sts.close())
  const { port } = sts.address() as AddressInfo
  const stsRole = 'arn:aws:iam::123456789012:role/sidecar'
  const store = s3Store({
    ...settings(objectStore),
    endpoint: 'http://127.0.0.1:1',
    stsEndpoint: `http://${new URL(objectStore.endpoint).hostname}:${port}`,
    stsRole,
  })
  const access = s3Access(await store.access({ ...request, readForeign: [], durationMs: 365 * 86_400_000 }))
  t.truthy(access.sessionToken)
  t.is(asked[0]?.get('RoleArn'), stsRole)
  t.is(asked[0]?.get('RoleSessionName'), `jobs-${ref.jobId}-attempts-2`)
  t.is(asked[0]?.get('DurationSeconds'), '43200')
})

testOnTestbed('s3: without STS the sidecar gets the upload user, not our own key', async (t, testbed) => {
  const uploadUser = { accessKey: 'uploader', secretKey: 'uploader-secret' }
  const access = s3Access(await s3Store({ ...settings(testbed.objectStore), uploadUser }).access(request))
  t.like(access, uploadUser)
  t.is(access.sessionToken, undefined)
})

testOnTestbed('s3: a wrong key is an error that does not show it', async (t, testbed) => {
  const store = s3Store({ ...settings(testbed.objectStore), secretKey: 'a-wrong-secret-key' })
  for (const call of [() => store.check(), () => store.head('a'), () => store.access(request)]) {
    const error = await t.throwsAsync(call())
    t.false(`${error.message}${error.stack}`.includes('a-wrong-secret-key'))
  }
})

testOnEachStore('s3: an upload of parts that breaks leaves no parts behind', async (t, server) => {
  const { store, root } = await ready(server)
  async function* broken(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < 66; sent += 1) yield Buffer.alloc(2 ** 20, sent)
    throw new Error('the sender went away')
  }
  await t.throwsAsync(store.putStream('broken/a', broken(), 5 * 2 ** 30), { message: /went away/ })
  t.deepEqual(await Array.fromAsync(root.listIncompleteUploads(bucket, 'broken/', true)), [])
  t.is(await store.head('broken/a'), undefined)
})

testOnEachStore('s3: a presigned address opens one object, for reading, and no other', async (t, server) => {
  const { store } = await ready(server)
  await store.put('presigned/a.txt', 'open', 'text/plain')
  await store.put('presigned/b.txt', 'closed', 'text/plain')
  const url = (await store.presign('presigned/a.txt', 60_000)) ?? ''
  t.is((await fetch(url)).headers.get('content-disposition'), 'attachment', 'no browser shows it as a page')
  t.is(await (await fetch(url)).text(), 'open')
  t.is((await fetch(url, { headers: { Range: 'bytes=1-2' } })).status, 206)
  t.is((await fetch(url.replace('a.txt', 'b.txt'))).status, 403)
  t.is((await fetch(url, { method: 'PUT', body: 'x' })).status, 403)
  t.is((await fetch(url.split('?')[0] ?? '')).status, 403)
  t.is(new URL(url).searchParams.get('X-Amz-Expires'), '60')
  const long = (await store.presign('presigned/a.txt', 30 * 86_400_000)) ?? ''
  t.is(new URL(long).searchParams.get('X-Amz-Expires'), '604800', 'longer is not possible')
})

testOnTestbed('s3: a presigned address names the host that consumers reach', async (t, testbed) => {
  const store = s3Store({ ...settings(testbed.objectStore), linkEndpoint: 'https://store.example' })
  t.regex((await store.presign('a', 60_000)) ?? '', new RegExp(`^https://store\\.example/${bucket}/a\\?`))
})

testOnEachStore('s3: removing takes uploads under way along', async (t, server) => {
  const { store, root } = await ready(server)
  await root.initiateNewMultipartUpload(bucket, 'under-way/a', {})
  await store.removeAll('under-way/')
  t.deepEqual(await Array.fromAsync(root.listIncompleteUploads(bucket, 'under-way/', true)), [])
})

testOnTestbed(
  's3: uploads of others that come and go meanwhile do not keep anything from being removed',
  async (t, testbed) => {
    const { store, root } = await ready(testbed.objectStore)
    const going = { on: true }
    const others = Array.from({ length: 4 }, async (_, lane) => {
      for (let round = 0; going.on; round += 1) {
        const key = `others/${lane}-${round}`
        await root.abortMultipartUpload(bucket, key, await root.initiateNewMultipartUpload(bucket, key, {}))
      }
    })
    try {
      for (let round = 0; round < 20; round += 1) {
        await store.put(`removed/${round}`, 'a', 'text/plain')
        await root.initiateNewMultipartUpload(bucket, `removed/${round}`, {})
        if (round % 2 === 0) await store.removeAll('removed/')
        else await store.erase('removed/')
        t.deepEqual(await Array.fromAsync(store.list('removed/')), [])
      }
    } finally {
      going.on = false
      await Promise.all(others)
    }
  },
)

test('s3: a service that is not there is an error at every call', async (t) => {
  const store = s3Store(settings({ endpoint: 'http://127.0.0.1:1', accessKey: 'a', secretKey: 'b' }))
  await t.throwsAsync(store.check())
  await t.throwsAsync(store.head('a'))
  await t.throwsAsync(store.putStream('a', Readable.from([Buffer.from('x')]), 10))
})

test('the policy of an attempt lets it write below its prefix and read its manifest and inputs, no more', (t) => {
  const policy = JSON.parse(
    policyFor('bucket', { ...request, readForeign: [{ bucket: 'models', key: 'm.bin' }] }),
  ) as object
  const prefix = `arn:aws:s3:::bucket/jobs/${ref.jobId}/attempts/2/`
  t.deepEqual(policy, {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: [`${prefix}*`],
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: [`${prefix}manifest.json`, 'arn:aws:s3:::bucket/assets/bundle/text.txt', 'arn:aws:s3:::models/m.bin'],
      },
    ],
  })
})

test('inputs that no policy can name are refused for good, with what to do', (t) => {
  const readForeign = Array.from({ length: 64 }, (_, index) => ({
    bucket: 'models',
    key: `${index}${'x'.repeat(100)}`,
  }))
  const error = t.throws(() => policyFor('bucket', { ...request, readForeign }), { instanceOf: LaunchRefused })
  t.regex(error.message, /2048.* archive/)
})

testOnTestbed('s3: an attempt with as many inputs as an asset may have gets its credentials', async (t, testbed) => {
  const { store, part } = await ready(testbed.objectStore)
  const readKeys = Array.from({ length: 64 }, (_, index) => `assets/${ref.jobId}/${String(index).padEnd(100, 'x')}.txt`)
  const last = readKeys.at(-1) ?? ''
  await store.put(last, 'the last one', 'text/plain')
  const access = s3Access(await store.access({ ...request, readForeign: [], readKeys }))
  t.is(await textOf(await client(part, access).getObject(bucket, last)), 'the last one')
})

function s3Access(access: StoreAccess): Extract<StoreAccess, { kind: 's3' }> {
  if (access.kind !== 's3') throw new Error(`access of kind ${access.kind}`)
  return access
}
