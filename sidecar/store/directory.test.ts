import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { never, temporaryDirectory } from '../_task.test.ts'
import { directoryStore } from './directory.ts'
import { type Download, partSize, StoreRefusal } from './store.ts'

const object = (key: string, text: string) => ({ key, body: Buffer.from(text), sha256: '' })

async function textOf({ body }: Download): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('an object is the file at its key, and is replaced by a newer one', async (t) => {
  const root = await temporaryDirectory(t)
  const store = directoryStore(join(root, 'not/there/yet'))
  await store.put(object('jobs/1/files/a.txt', 'one'), never)
  await store.put(object('jobs/1/files/a.txt', 'two'), never)
  t.is(await readFile(join(root, 'not/there/yet/jobs/1/files/a.txt'), 'utf8'), 'two')
  const read = await store.read({ key: 'jobs/1/files/a.txt' }, never)
  t.is(read.size, 3)
  t.is(await textOf(read), 'two')
  t.deepEqual(await readdir(join(root, 'not/there/yet/jobs/1/files')), ['a.txt'])
})

test('of many that create the same object at once exactly one does, and its contents stay', async (t) => {
  const root = await temporaryDirectory(t)
  const store = directoryStore(root)
  const outcomes = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, i) => [i, await store.create(object('manifest.json', `${i}`), never)] as const,
    ),
  )
  const winners = outcomes.filter(([, outcome]) => outcome === 'created')
  t.is(winners.length, 1)
  t.true(outcomes.every(([, outcome]) => outcome === 'created' || outcome === 'exists'))
  t.is(await readFile(join(root, 'manifest.json'), 'utf8'), `${winners[0]?.[0]}`)
  t.deepEqual(await readdir(root), ['manifest.json'])
})

test('parts may come in any order; the object is there only when they are complete', async (t) => {
  const root = await temporaryDirectory(t)
  const parts = await directoryStore(root).startParts('big', undefined, never)
  await parts.put(2, Buffer.from('end'), never)
  await parts.put(1, Buffer.alloc(partSize, 'x'), never)
  t.false((await readdir(root)).includes('big'))
  await parts.complete(never)
  t.deepEqual(await readdir(root), ['big'])
  const written = await readFile(join(root, 'big'))
  t.is(written.byteLength, partSize + 3)
  t.is(written.subarray(partSize - 1).toString(), 'xend')
})

test('an abort leaves nothing behind', async (t) => {
  const root = await temporaryDirectory(t)
  const parts = await directoryStore(root).startParts('big', undefined, never)
  await parts.put(1, Buffer.from('x'), never)
  await parts.abort()
  t.deepEqual(await readdir(root), [])
})

test('keys that lead elsewhere are refused', async (t) => {
  const root = await temporaryDirectory(t)
  const store = directoryStore(join(root, 'store'))
  await mkdir(join(root, 'store'))
  await writeFile(join(root, 'secret'), 'secret')
  for (const key of ['../secret', 'a/../../secret', '/secret', '', 'a//b', './a', 'a\0b']) {
    const error = await t.throwsAsync(store.read({ key }, never), undefined, key)
    t.true(error instanceof StoreRefusal, key)
    await t.throwsAsync(store.put(object(key, 'x'), never), undefined, key)
  }
})

test('what is not there, and other buckets, are refused by name', async (t) => {
  const store = directoryStore(await temporaryDirectory(t))
  const missing = await t.throwsAsync(store.read({ key: 'none' }, never))
  t.true(missing instanceof StoreRefusal && missing.code === 'NoSuchKey')
  const foreign = await t.throwsAsync(store.read({ bucket: 'other', key: 'none' }, never))
  t.true(foreign instanceof StoreRefusal && foreign.code === 'NoSuchBucket')
})
