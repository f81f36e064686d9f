import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test from 'ava'
import { testObjectStore } from '../../test/contract/object-store.contract.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { directoryStore } from './directory.ts'

testObjectStore('directory', async (t) => directoryStore(await temporaryFolder(t)))

test('an object is a file of its key below the root', async (t) => {
  const root = await temporaryFolder(t)
  await directoryStore(root).put('jobs/1/a.txt', 'x', 'text/plain')
  t.is(await readFile(join(root, 'jobs/1/a.txt'), 'utf8'), 'x')
})

for (const key of ['../outside', 'a/../../outside', '/etc/passwd', 'a//b', '', '.', 'a/./b', 'a b', 'a\0b', 'a\\b']) {
  test(`${JSON.stringify(key)} is no key`, async (t) => {
    const root = await temporaryFolder(t)
    const store = directoryStore(join(root, 'store'))
    await t.throwsAsync(async () => store.put(key, 'x', 'text/plain'), { message: /cannot be used/ })
    await t.throwsAsync(async () => store.head(key), { message: /cannot be used/ })
    await t.throwsAsync(async () => store.open(key), { message: /cannot be used/ })
    await t.throwsAsync(async () => store.removeAll(key), { message: /cannot be used/ })
    t.deepEqual(await readdir(root), [])
  })
}

test('a prefix cannot climb out of the root', async (t) => {
  const root = await temporaryFolder(t)
  await writeFile(join(root, 'secret'), 'x')
  const store = directoryStore(join(root, 'store'))
  await store.check()
  const listed = await Array.fromAsync(store.list('../')).catch(() => [])
  t.deepEqual(listed, [])
})

test('an object that is being written is not there yet', async (t) => {
  const store = directoryStore(await temporaryFolder(t))
  const seen: unknown[] = []
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first half')
    seen.push(await store.head('a'), await Array.fromAsync(store.list('')).catch((error: unknown) => error))
    yield Buffer.from(', second half')
  }
  await store.putStream('a', slow(), 1_000)
  t.deepEqual(seen, [undefined, []])
  t.like(await store.head('a'), { size: 23 })
})

test('a write that fails leaves no file of any name', async (t) => {
  const root = await temporaryFolder(t)
  await t.throwsAsync(directoryStore(root).putStream('a', Readable.from([Buffer.from('12345')]), 2))
  t.deepEqual(await readdir(root), [])
})

test('the sidecar on this machine gets the directory', async (t) => {
  const root = await temporaryFolder(t)
  const request = { writePrefix: 'jobs/1/', readKeys: [], readForeign: [], durationMs: 1 }
  t.deepEqual(await directoryStore(root).access(request), { kind: 'directory', root })
})

test('a directory has no addresses for others', async (t) => {
  t.is(await directoryStore(await temporaryFolder(t)).presign('a', 1_000), undefined)
})

test('a root that cannot be is not ready', async (t) => {
  const root = await temporaryFolder(t)
  await writeFile(join(root, 'file'), 'x')
  await t.throwsAsync(directoryStore(join(root, 'file', 'below')).check())
})
