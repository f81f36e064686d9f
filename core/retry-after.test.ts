import test from 'ava'
import { pauseAskedBy, readRetryAfter } from './retry-after.ts'

const now = Date.parse('2030-01-01T00:00:00Z')

test('seconds and dates are read, and no pause is longer than five minutes', (t) => {
  t.is(readRetryAfter('7', now), 7_000)
  t.is(readRetryAfter(' 0 ', now), 0)
  t.is(readRetryAfter('Tue, 01 Jan 2030 00:00:20 GMT', now), 20_000)
  t.is(readRetryAfter('86400', now), 300_000)
  t.is(readRetryAfter('Tue, 01 Jan 2019 00:00:20 GMT', now), 0, 'a date that has passed')
})

test('what cannot be read is no pause', (t) => {
  for (const header of [undefined, '', 'soon', '-5', '1.5', '9999999999'])
    t.is(readRetryAfter(header, now), undefined, String(header))
})

test('the pause stands in an error or in what caused it', (t) => {
  const busy = Object.assign(new Error('busy'), { retryAfterMs: 2_000 })
  t.is(pauseAskedBy(busy), 2_000)
  t.is(pauseAskedBy(new Error('outer', { cause: new Error('between', { cause: busy }) })), 2_000)
  t.is(pauseAskedBy(new Error('other')), 0)
  t.is(pauseAskedBy('text'), 0)
  t.is(pauseAskedBy(Object.assign(new Error('odd'), { retryAfterMs: 'soon' })), 0)
})
