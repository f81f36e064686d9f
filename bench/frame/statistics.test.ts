import test from 'ava'
import { median, quantile, samplesOf } from './statistics.ts'

test('quantiles are values that were measured, the median of an even number is between two', (t) => {
  const values = [5, 1, 4, 2, 3]
  t.is(median(values), 3)
  t.is(median([1, 2, 4, 10]), 3)
  t.is(quantile(values, 0), 1)
  t.is(quantile(values, 0.99), 5)
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  t.is(quantile(hundred, 0.99), 99)
  t.is(quantile(hundred, 0.9), 90)
  t.deepEqual(samplesOf(hundred), { count: 100, least: 1, p50: 50.5, p90: 90, p99: 99, most: 100 })
})

test('nothing measured is an error, not a zero', (t) => {
  t.throws(() => samplesOf([]), { message: 'nothing was measured' })
})
