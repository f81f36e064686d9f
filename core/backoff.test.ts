import fc from 'fast-check'
import test from 'ava'
import { backoff } from './backoff.ts'

test('the pause doubles with each failure, up to a minute', (t) => {
  const longest = (failures: number): number => backoff(failures, 1)
  t.deepEqual([1, 2, 3, 4, 8, 9, 10, 1000].map(longest), [250, 500, 1000, 2000, 32_000, 60_000, 60_000, 60_000])
})

test('half of it is random', (t) => {
  t.is(backoff(3, 0), 500)
  t.is(backoff(3, 0.5), 750)
  t.is(backoff(3, 0.999_999), 1000)
})

test('it never waits less than a tenth of a second nor more than a minute, and never shorter after more failures', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const pause = backoff(failures, random)
        t.true(pause >= 125 && pause <= 60_000 && Number.isInteger(pause))
        t.true(backoff(failures + 1, random) >= pause)
      },
    ),
  )
})
