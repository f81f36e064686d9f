import { Readable } from 'node:stream'
import test from 'ava'
import fc from 'fast-check'
import { readTail } from './log-tail.ts'

const part = async (chunks: readonly string[], maximumBytes: number, from = 0) => {
  const { start, bytes } = await readTail(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), from, maximumBytes)
  return { start, text: Buffer.from(bytes).toString() }
}
const tail = async (chunks: readonly string[], maximumBytes: number) => (await part(chunks, maximumBytes)).text

test('a log that fits is whole', async (t) => {
  t.is(await tail([], 10), '')
  t.is(await tail(['one\n', 'two'], 7), 'one\ntwo')
})

test('of a longer one the end is kept, from a whole line on', async (t) => {
  t.is(await tail(['one\ntwo\nthree\n'], 9), 'three\n')
  t.is(await tail(['one\ntwo\nthree'], 6), 'three', 'a last line without an end counts')
  t.is(await tail(['abcdefgh'], 3), 'fgh', 'one endless line is cut')
  t.is(await tail(['abcdefgh\n'], 3), 'gh\n')
})

test('however it is cut into pieces, it is an end of the log of at most that size', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 20 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      async (chunks, maximumBytes) => {
        const kept = await tail(chunks, maximumBytes)
        t.true(chunks.join('').endsWith(kept))
        t.true(kept.length <= maximumBytes)
        t.is(await tail([chunks.join('')], maximumBytes), kept)
      },
    ),
  )
})

test('it begins at the byte that was asked for', async (t) => {
  t.deepEqual(await part(['one\ntwo\n'], 100, 4), { start: 4, text: 'two\n' })
  t.deepEqual(await part(['one\ntwo\n'], 100, 8), { start: 8, text: '' }, 'nothing new')
  t.deepEqual(await part(['one\ntwo\nthree\n'], 6, 4), { start: 8, text: 'three\n' }, 'too much is new')
  t.deepEqual(await part(['one\n'], 100, 8), { start: 0, text: 'one\n' }, 'rotated away meanwhile')
})

test('whoever follows a log and reads often enough gets each byte once', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ maxLength: 8 }), { maxLength: 20 }), async (steps) => {
      let log = ''
      let told = ''
      for (const step of steps) {
        log += step
        const { start, text } = await part([log], 64, Buffer.byteLength(told))
        t.is(start, Buffer.byteLength(told))
        told += text
      }
      t.is(told, log)
    }),
  )
})
