import fc from 'fast-check'
import test from 'ava'
import { type RangeRequest, readRange } from './range.ts'

const whole: RangeRequest = { kind: 'whole' }
const outside: RangeRequest = { kind: 'outside' }
const part = (start: number, end: number): RangeRequest => ({ kind: 'part', range: { start, end } })

const cases: readonly (readonly [header: string, size: number, expected: RangeRequest])[] = [
  ['bytes=0-0', 10, part(0, 0)],
  ['bytes=0-9', 10, part(0, 9)],
  ['bytes=2-5', 10, part(2, 5)],
  ['bytes=9-9', 10, part(9, 9)],
  ['bytes=5-', 10, part(5, 9)],
  ['bytes=0-', 10, part(0, 9)],
  ['bytes=5-99', 10, part(5, 9)],
  ['bytes=-1', 10, part(9, 9)],
  ['bytes=-10', 10, part(0, 9)],
  ['bytes=-99', 10, part(0, 9)],
  [' bytes=0-1 ', 10, part(0, 1)],
  ['bytes=10-', 10, outside],
  ['bytes=10-20', 10, outside],
  ['bytes=-0', 10, outside],
  ['bytes=0-', 0, outside],
  ['bytes=-5', 0, outside],
  ['', 10, whole],
  ['bytes=-', 10, whole],
  ['bytes=5-2', 10, whole],
  ['bytes=0-1,3-4', 10, whole],
  ['bytes=a-b', 10, whole],
  ['bytes=1.5-3', 10, whole],
  ['bytes=--1', 10, whole],
  ['bytes=0x1-0x2', 10, whole],
  ['bytes 0-1', 10, whole],
  ['lines=0-1', 10, whole],
  ['bytes=0-1; x', 10, whole],
]
for (const [header, size, expected] of cases) {
  test(`${JSON.stringify(header)} of ${size} bytes is ${JSON.stringify(expected)}`, (t) =>
    t.deepEqual(readRange(header, size), expected))
}

test('a part always lies inside the file', (t) => {
  const header = fc
    .tuple(fc.option(fc.nat(), { nil: '' }), fc.option(fc.nat(), { nil: '' }))
    .map(([a, b]) => `bytes=${a}-${b}`)
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const read = readRange(text, size)
      if (read.kind !== 'part') return
      t.true(read.range.start >= 0 && read.range.start <= read.range.end && read.range.end < size, `${text} of ${size}`)
    }),
  )
})
