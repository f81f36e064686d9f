import test from 'ava'
import { backoffMs } from './backoff.ts'

test('the wait doubles from a second up to a minute, of which half is random', (t) => {
  t.deepEqual(
    [1, 2, 3, 6, 7, 8, 1_000].map((failures) => backoffMs(failures, {}, 1)),
    [1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000],
  )
  t.is(backoffMs(1, {}, 0), 500)
  t.is(backoffMs(3, { firstMs: 10, longestMs: 30 }, 1), 30)
})
