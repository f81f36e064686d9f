import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'minio'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import { parseManifest } from '../../core/result/manifest.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testOnEachStore } from '../../test/support/each-store.ts'
import { testOnTestbed } from '../../test/support/testbed.ts'
import { attemptAccess, newBucket, openUploads, ownMinio } from '../_minio.test.ts'
import { never, output, taskOf, temporaryDirectory } from '../_task.test.ts'
import { SidecarFailure } from '../failure.ts'
import { uploadOutputs } from './upload-outputs.ts'

const MiB = 2 ** 20

async function stored(client: Client, bucket: string, key: string) {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of (await client.getObject(bucket, key)) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.byteLength
  }
  return { size, sha256: hash.digest('hex') }
}

async function textOf(client: Client, bucket: string, key: string): Promise<string> {
  let text = ''
  for await (const chunk of (await client.getObject(bucket, key)) as AsyncIterable<Buffer>) text += chunk.toString()
  return text
}

testOnEachStore('with the credentials of an attempt, files of every size arrive as they were', async (t, server) => {
  const { client, bucket, access } = await newBucket(t, server)
  const outputs = await temporaryDirectory(t)
  const task = taskOf(access, {
    outputs: [
      output('model.bin', { mediaType: 'application/x-model' }),
      output('page.html', { mediaType: 'text/html;charset=utf-8' }),
      output('many', { kind: 'directory' }),
    ],
  })
  const limited = { ...task, store: await attemptAccess(access, task.ref, server) }
  await writeFile(join(outputs, 'model.bin'), randomBytes(64 * MiB + 1))
  await writeFile(join(outputs, 'page.html'), '<p>')
  await mkdir(join(outputs, 'many'))
  for (const size of [0, 1, 65_535, 65_536, MiB, MiB + 1, 8 * MiB, 8 * MiB + 1, 16 * MiB]) {
    await writeFile(join(outputs, 'many', `${size}+a=b@c.bin`), randomBytes(size))
  }
  const manifest = await uploadOutputs(limited, outputs, never)
  t.is(manifest.files.length, 11)
  t.deepEqual(parseManifest(await textOf(client, bucket, manifestKey(task.ref))), manifest)
  for (const { path, size, sha256 } of manifest.files) {
    t.deepEqual(await stored(client, bucket, filesPrefix(task.ref) + path), { size, sha256 }, path)
  }
  const typeOf = async (key: string) => (await client.statObject(bucket, key)).metaData['content-type'] as unknown
  t.is(await typeOf(`${filesPrefix(task.ref)}model.bin`), 'application/x-model')
  t.is(await typeOf(`${filesPrefix(task.ref)}page.html`), 'text/html;charset=utf-8')
  t.is(await typeOf(manifestKey(task.ref)), 'application/json')
  t.deepEqual(await openUploads(client, bucket), [])
})

testOnEachStore('credentials of another attempt are refused for good, with the reason', async (t, server) => {
  const { client, bucket, access } = await newBucket(t, server)
  const outputs = await temporaryDirectory(t)
  for (const size of [10, 5 * MiB, 20 * MiB]) {
    const task = taskOf(access, { outputs: [output('a.bin')] })
    const foreign = await attemptAccess(access, { ...task.ref, attempt: 2 }, server)
    await writeFile(join(outputs, 'a.bin'), randomBytes(size))
    // versitygw ends the connection under a body, so that some of its refusals are lost and asked for again.
    const error = await t.throwsAsync(uploadOutputs({ ...task, store: foreign }, outputs, never))
    t.true(error instanceof SidecarFailure && error.code === 'upload-failed')
    t.regex(
      error?.message ?? '',
      /^The output a\.bin could not be stored: .*AccessDenied: .*Check that the credentials/,
    )
  }
  t.deepEqual(await openUploads(client, bucket), [])
})

testOnEachStore('the manifest is created, never replaced', async (t, server) => {
  const { client, bucket, access } = await newBucket(t, server)
  const outputs = await temporaryDirectory(t)
  const task = taskOf(access, { outputs: [output('a.txt')] })
  await writeFile(join(outputs, 'a.txt'), 'one')
  const first = await uploadOutputs(task, outputs, never)
  t.deepEqual(await uploadOutputs(task, outputs, never), first, 'the same again, readable')
  await writeFile(join(outputs, 'a.txt'), 'two')
  const readable = await t.throwsAsync(uploadOutputs(task, outputs, never))
  t.regex(readable?.message ?? '', /a manifest of attempt 1 already, with other contents/)
  const limited = { ...task, store: await attemptAccess(access, task.ref, server) }
  const unreadable = await t.throwsAsync(uploadOutputs(limited, outputs, never))
  t.regex(unreadable?.message ?? '', /a manifest of attempt 1 already, and may not be read with these credentials/)
  t.deepEqual(parseManifest(await textOf(client, bucket, manifestKey(task.ref))), first)
})

testOnEachStore('an upload that is told to end leaves no parts in the store', async (t, server) => {
  const { client, bucket, access } = await newBucket(t, server)
  const outputs = await temporaryDirectory(t)
  await writeFile(join(outputs, 'big.bin'), randomBytes(64 * MiB))
  const task = taskOf(access, { outputs: [output('big.bin')] })
  const stop = new AbortController()
  const upload = t.throwsAsync(uploadOutputs(task, outputs, stop.signal))
  await eventually('parts in the store', async () =>
    (await openUploads(client, bucket)).length > 0 ? { done: undefined } : { pending: 'no upload was begun' },
  )
  stop.abort()
  t.regex((await upload)?.message ?? '', /told to end/)
  t.deepEqual(await openUploads(client, bucket), [])
  await t.throwsAsync(client.statObject(bucket, manifestKey(task.ref)))
})

testOnTestbed('a store that is killed during an upload and comes back gets the whole result', async (t, testbed) => {
  const minio = await ownMinio(t, testbed)
  const { client, bucket, access } = await newBucket(t, minio.server)
  const outputs = await temporaryDirectory(t)
  await writeFile(join(outputs, 'big.bin'), randomBytes(96 * MiB))
  await mkdir(join(outputs, 'many'))
  for (let i = 0; i < 300; i++) await writeFile(join(outputs, 'many', `${i}.txt`), `${i}`)
  const task = taskOf(access, { outputs: [output('big.bin'), output('many', { kind: 'directory' })] })
  const limited = { ...task, store: await attemptAccess(access, task.ref) }
  const lines: string[] = []
  const upload = uploadOutputs(limited, outputs, never, {
    progress: (line) => lines.push(line),
    retries: { patienceMs: 240_000, longestPauseMs: 1000 },
  })
  await eventually('the upload to be under way', () =>
    lines.length >= 5 ? { done: undefined } : { pending: `${lines.length} files` },
  )
  await minio.kill()
  await eventually('the trouble to be told', () =>
    lines.some((line) => line.includes('trying again')) ? { done: undefined } : { pending: lines.at(-1) ?? '' },
  )
  t.false(lines.some((line) => line.startsWith('result complete')))
  await minio.start()
  const manifest = await upload
  t.is(manifest.files.length, 301)
  for (const { path, size, sha256 } of manifest.files) {
    t.deepEqual(await stored(client, bucket, filesPrefix(task.ref) + path), { size, sha256 }, path)
  }
  t.deepEqual(parseManifest(await textOf(client, bucket, manifestKey(task.ref))), manifest)
})
