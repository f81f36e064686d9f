import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { ServiceError } from '../../core/errors.ts'
import { maximumPathLength } from '../../core/result/paths.ts'

/** A store with prefixes of the test's own below it. */
export type ObjectStoreTest = (
  title: string,
  body: (t: ExecutionContext, store: ObjectStore, prefix: string) => Promise<void>,
) => void

/** Makes a test out of a title and a body; skips or fails where the store is not there. */
export type Declare = (title: string, body: (t: ExecutionContext) => Promise<void>) => void

/** The whole of a body as text, `undefined` where there is none. */
export async function textOf(body: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  return body === undefined ? undefined : Buffer.concat(await Array.fromAsync(body)).toString('utf8')
}

/** `size` bytes in chunks, the same every time, and their digest. */
function bytes(size: number): { readonly stream: Readable; readonly sha256: string } {
  const chunk = Buffer.alloc(1024 * 1024, 'compute')
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  for (let left = size; left > 0; left -= chunk.length) {
    const piece = chunk.subarray(0, Math.min(left, chunk.length))
    hash.update(piece)
    chunks.push(piece)
  }
  return { stream: Readable.from(chunks), sha256: hash.digest('hex') }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const small = 1024 * 1024

/**
 * What every object store promises (core/ports/object-store.ts).
 * @param open gives the store; each test works below a prefix of its own
 */
export function testObjectStore(
  name: string,
  open: (t: ExecutionContext) => Promise<ObjectStore>,
  declare: Declare = test,
): void {
  let number = 0
  const storeTest: ObjectStoreTest = (title, body) => {
    const prefix = `contract/${(number += 1)}/`
    declare(`${name}: ${title}`, async (t) => body(t, await open(t), prefix))
  }
  const keys = async (store: ObjectStore, prefix: string): Promise<readonly string[]> =>
    (await Array.fromAsync(store.list(prefix))).map(({ key }) => key)

  storeTest('a small object is there with its size, and replaced by the next one', async (t, store, prefix) => {
    await store.put(`${prefix}a/b.txt`, 'größe', 'text/plain')
    t.deepEqual(await store.head(`${prefix}a/b.txt`), { key: `${prefix}a/b.txt`, size: 7 })
    t.is(await textOf(await store.open(`${prefix}a/b.txt`)), 'größe')
    await store.put(`${prefix}a/b.txt`, new Uint8Array([104, 105]), 'application/octet-stream')
    t.is(await textOf(await store.open(`${prefix}a/b.txt`)), 'hi')
  })

  storeTest('an empty object is an object', async (t, store, prefix) => {
    await store.put(`${prefix}empty`, '', 'text/plain')
    t.like(await store.head(`${prefix}empty`), { size: 0 })
    t.is(await textOf(await store.open(`${prefix}empty`)), '')
    t.deepEqual(await store.putStream(`${prefix}none`, Readable.from([]), small), { size: 0, sha256: sha256('') })
    t.like(await store.head(`${prefix}none`), { size: 0 })
  })

  storeTest('what is not there is undefined, also where something lies below it', async (t, store, prefix) => {
    await store.put(`${prefix}folder/file`, 'x', 'text/plain')
    for (const key of ['nothing', 'folder', 'folder/file/below', 'fold']) {
      t.is(await store.head(prefix + key), undefined, key)
      t.is(await store.open(prefix + key), undefined, key)
      t.is(await store.open(prefix + key, { start: 0, end: 0 }), undefined, key)
    }
  })

  storeTest('a stream is counted and hashed on its way', async (t, store, prefix) => {
    const body = Readable.from([Buffer.from('grö'), Buffer.from('ße')])
    t.deepEqual(await store.putStream(`${prefix}a`, body, small), { size: 7, sha256: sha256('größe') })
    t.is(await textOf(await store.open(`${prefix}a`)), 'größe')
  })

  storeTest('a stream may have exactly as many bytes as allowed', async (t, store, prefix) => {
    t.like(await store.putStream(`${prefix}a`, Readable.from([Buffer.from('12'), Buffer.from('345')]), 5), { size: 5 })
  })

  storeTest('a stream that is too long is refused, and nothing stays behind', async (t, store, prefix) => {
    const body = Readable.from([Buffer.from('123'), Buffer.from('456')])
    const error = await t.throwsAsync(store.putStream(`${prefix}a`, body, 5), { instanceOf: ServiceError })
    t.is(error.code, 'body-too-large')
    t.is(await store.head(`${prefix}a`), undefined)
    t.deepEqual(await keys(store, prefix), [])
  })

  storeTest('a stream that breaks is an error, and nothing stays behind', async (t, store, prefix) => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('the first half')
      throw new Error('the sender went away')
    }
    await t.throwsAsync(store.putStream(`${prefix}a`, broken(), small), { message: /the sender went away/ })
    t.is(await store.head(`${prefix}a`), undefined)
    t.deepEqual(await keys(store, prefix), [])
  })

  storeTest('a stream that breaks leaves what was there before', async (t, store, prefix) => {
    await store.put(`${prefix}a`, 'before', 'text/plain')
    await t.throwsAsync(store.putStream(`${prefix}a`, Readable.from([Buffer.from('too much')]), 3))
    t.is(await textOf(await store.open(`${prefix}a`)), 'before')
  })

  storeTest('a stream of several parts and less than declared arrives whole', async (t, store, prefix) => {
    const size = 65 * 2 ** 20 + 5
    const { stream, sha256: expected } = bytes(size)
    t.deepEqual(await store.putStream(`${prefix}large`, stream, 5 * 2 ** 30), { size, sha256: expected })
    t.like(await store.head(`${prefix}large`), { size })
    t.is(await textOf(await store.open(`${prefix}large`, { start: size - 5, end: size - 1 })), 'compu')
    const hash = createHash('sha256')
    for await (const chunk of (await store.open(`${prefix}large`)) ?? []) hash.update(chunk)
    t.is(hash.digest('hex'), expected)
    await store.removeAll(prefix)
  })

  storeTest('a part of an object is read by its first and last byte', async (t, store, prefix) => {
    await store.put(`${prefix}a`, '0123456789', 'text/plain')
    const part = async (start: number, end: number): Promise<string | undefined> =>
      textOf(await store.open(`${prefix}a`, { start, end }))
    t.is(await part(0, 0), '0')
    t.is(await part(2, 5), '2345')
    t.is(await part(9, 9), '9')
    t.is(await part(0, 9), '0123456789')
  })

  storeTest('a body may be left before its end', async (t, store, prefix) => {
    await store.putStream(`${prefix}a`, bytes(3 * small).stream, 4 * small)
    for (let round = 0; round < 3; round += 1) {
      let read = 0
      for await (const chunk of (await store.open(`${prefix}a`)) ?? []) {
        read += chunk.byteLength
        break
      }
      t.true(read > 0 && read < 3 * small)
    }
    t.is(await textOf(await store.open(`${prefix}a`, { start: 0, end: 6 })), 'compute')
  })

  storeTest('objects are listed in order of their keys, with their sizes', async (t, store, prefix) => {
    const names = ['b', 'a/b', 'a-b', 'a.b', 'a0', 'a/a/a', 'B', 'a=', 'x.part', '.hidden', '_', 'a+', 'a@']
    for (const name of names) await store.put(prefix + name, name, 'text/plain')
    const expected = names.toSorted().map((name) => ({ key: prefix + name, size: name.length }))
    t.deepEqual(await Array.fromAsync(store.list(prefix)), expected)
  })

  storeTest('only what lies below the prefix is listed', async (t, store, prefix) => {
    for (const name of ['1/a', '10/b', '1', '2/c'])
      await store.put(`${prefix}${name}`.replace(/\/1$/, '/one'), 'x', 'text/plain')
    t.deepEqual(await keys(store, `${prefix}1/`), [`${prefix}1/a`])
    t.deepEqual(await keys(store, `${prefix}nothing/`), [])
  })

  storeTest('everything below a prefix is removed, and nothing else', async (t, store, prefix) => {
    for (const name of ['1/a', '1/b/c', '10/b', '2/c']) await store.put(prefix + name, 'x', 'text/plain')
    await store.removeAll(`${prefix}1/`)
    t.deepEqual(await keys(store, prefix), [`${prefix}10/b`, `${prefix}2/c`])
    await store.removeAll(`${prefix}2/c`)
    t.deepEqual(await keys(store, prefix), [`${prefix}10/b`])
    await t.notThrowsAsync(store.removeAll(`${prefix}nothing/`))
    await t.notThrowsAsync(store.removeAll(`${prefix}10/b/below`))
  })

  storeTest('what is erased is counted, and looked for again', async (t, store, prefix) => {
    for (const name of ['1/a', '1/b/c', '10/b', 'one']) await store.put(prefix + name, 'four', 'text/plain')
    t.deepEqual(await store.erase(`${prefix}1/`), { objects: 2, bytes: 8, uploads: 0, left: 0 })
    t.deepEqual(await keys(store, prefix), [`${prefix}10/b`, `${prefix}one`])
    t.deepEqual(await store.erase(`${prefix}one`), { objects: 1, bytes: 4, uploads: 0, left: 0 }, 'a key alone')
    t.deepEqual(await store.erase(`${prefix}1/`), { objects: 0, bytes: 0, uploads: 0, left: 0 })
    t.deepEqual(await keys(store, prefix), [`${prefix}10/b`])
  })

  storeTest('more objects than one answer of a store lists are listed and removed', async (t, store, prefix) => {
    const names = Array.from({ length: 1_030 }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`)
    for (let first = 0; first < names.length; first += 30)
      await Promise.all(names.slice(first, first + 30).map((name) => store.put(name, '', 'text/plain')))
    t.deepEqual(await keys(store, prefix), names)
    t.deepEqual(await store.erase(prefix), { objects: 1_030, bytes: 0, uploads: 0, left: 0 })
    t.deepEqual(await keys(store, prefix), [])
  })

  storeTest('the longest path of a result can be stored and read', async (t, store, prefix) => {
    const path = `${'a/'.repeat(12)}${'x'.repeat(128)}/${'y'.repeat(128)}/${'z'.repeat(128)}/`.padEnd(
      maximumPathLength,
      'w',
    )
    t.is(path.length, maximumPathLength)
    const key = `${prefix}jobs/0b7cbe0a-6a0e-4d57-9f0c-6f6a1f0f3c11/attempts/11/files/${path}`
    await store.put(key, 'deep', 'text/plain')
    t.is(await textOf(await store.open(key)), 'deep')
    t.deepEqual(await keys(store, prefix), [key])
  })

  storeTest('a store that works says so', async (t, store) => {
    await t.notThrowsAsync(store.check())
    await t.notThrowsAsync(store.check())
  })
}
