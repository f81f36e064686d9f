import { Readable } from 'node:stream'
import test from 'ava'
import fc from 'fast-check'
import { readTail } from './log-tail.ts'

const tail = (chunks: readonly string[], maximumBytes: number) =>
  readTail(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), maximumBytes)

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
