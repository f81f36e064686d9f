import { hash, randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { directoryStore } from '../objects/directory.ts'
import { verifiedFile } from './read-result.ts'
import { ResultUnreadable } from './trouble.ts'

const forever = new AbortController().signal
const bytes = randomBytes(300_000)
const file = { path: 'a.bin', size: bytes.byteLength, sha256: hash('sha256', bytes, 'hex') }

async function stored(t: ExecutionContext, content: Uint8Array = bytes): Promise<ObjectStore> {
  const objects = directoryStore(await temporaryFolder(t))
  await objects.put('a.bin', content, 'application/octet-stream')
  return objects
}

/** A store whose answers break off after so many bytes each, one after the other; later ones are whole. */
function breaking(objects: ObjectStore, ...after: number[]): ObjectStore {
  return {
    ...objects,
    async open(key, range) {
      const body = await objects.open(key, range)
      const most = after.shift()
      if (body === undefined || most === undefined) return body
      return (async function* () {
        let left = most
        for await (const chunk of body) {
          if (left > 0) yield chunk.subarray(0, left)
          left -= chunk.byteLength
          if (left <= 0) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
        }
      })()
    },
  }
}

async function read(objects: ObjectStore, of = file): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(verifiedFile(objects, 'a.bin', of, forever)))
}

test('the bytes come as they are', async (t) => {
  t.true((await read(await stored(t))).equals(bytes))
})

test('an empty file is read and verified', async (t) => {
  const objects = await stored(t, new Uint8Array())
  const empty = { ...file, size: 0, sha256: hash('sha256', '', 'hex') }
  t.is((await read(objects, empty)).byteLength, 0)
  await t.throwsAsync(read(objects, { ...empty, sha256: file.sha256 }), { instanceOf: ResultUnreadable })
})

test('where the store breaks off, reading goes on from there', async (t) => {
  t.true((await read(breaking(await stored(t), 1, 100_000, 70_000, 1))).equals(bytes))
})

test('a store that goes on breaking off without a byte is given up', async (t) => {
  const objects = breaking(await stored(t), 1000, 0, 0, 0, 0, 0, 0, 0)
  await t.throwsAsync(read(objects), { instanceOf: ResultUnreadable, message: /cannot be read/ })
})

for (const [what, content] of [
  ['other bytes', randomBytes(bytes.byteLength)],
  ['a longer file', Buffer.concat([bytes, Buffer.from('x')])],
  [
    'a file of which the last byte differs',
    Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]),
  ],
] as const)
  test(`never all of it is given out: ${what}`, async (t) => {
    const objects = await stored(t, content)
    let given = 0
    const reading = async (): Promise<void> => {
      for await (const chunk of verifiedFile(objects, 'a.bin', file, forever)) given += chunk.byteLength
    }
    await t.throwsAsync(reading(), { instanceOf: ResultUnreadable })
    t.true(given < file.size, `${given} bytes were given out`)
  })

test('an end from outside ends reading', async (t) => {
  const ended = new AbortController()
  const reading = verifiedFile(await stored(t), 'a.bin', file, ended.signal)
  await reading.next()
  ended.abort(new Error('ended'))
  await t.throwsAsync(Array.fromAsync(reading), { message: 'ended' })
})
