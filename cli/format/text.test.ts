import test from 'ava'
import { CliError } from '../cli-error.ts'
import { count, formatAge, formatBytes, formatSpan, formatTime } from './amount.ts'
import { clean, cleanLine } from './clean.ts'
import { errorJson, formatError } from './error.ts'
import { fields } from './fields.ts'
import { formatProgress } from './progress.ts'
import { makeStyle } from './style.ts'
import { wrap } from './wrap.ts'

const style = makeStyle(false)

test('bytes', (t) => {
  t.deepEqual([0, 1023, 1024, 5799, 1024 ** 2 - 1, 3 * 2 ** 30].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '5.7 KiB',
    '1.0 MiB',
    '3.0 GiB',
  ])
})

test('spans, ages and times', (t) => {
  t.deepEqual([-5, 0, 59_999, 200_000, 7_200_000, 273_600_000].map(formatSpan), [
    '0 s',
    '0 s',
    '59 s',
    '3 min 20 s',
    '2 h',
    '3 d 4 h',
  ])
  t.deepEqual([4_000, 200_000, 7_200_000, 273_600_000].map(formatAge), ['4s', '3m', '2h', '3d'])
  const now = Date.parse('2026-11-21T10:00:00Z')
  t.is(formatTime('2026-11-21T09:57:00.000Z', now), '2026-11-21T09:57:00.000Z (3 min ago)')
  t.is(formatTime('2026-11-21T10:00:30.000Z', now), '2026-11-21T10:00:30.000Z (in 30 s)')
  t.deepEqual([count(1, 'file'), count(2, 'file'), count(0, 'retry', 'retries')], ['1 file', '2 files', '0 retries'])
})

test('progress says how much, how fast and how long', (t) => {
  t.is(
    formatProgress('big 1.0.0', 2 ** 20, 4 * 2 ** 20, 1_000),
    'big 1.0.0: 1.0 MiB of 4.0 MiB (25 %), 1.0 MiB/s, 3 s left',
  )
  t.is(formatProgress('big', 5, 4, 1_000), 'big: 4 B of 4 B (100 %), 4 B/s', 'the form’s own lines are not counted')
  t.is(formatProgress('big', 0, 0, 0), 'big: 0 B of 0 B (100 %), 0 B/s')
})

test('text of others is harmless', (t) => {
  t.is(clean('a\u001B[31mb\u001B[0m\tc\r\nd\u0007\u202Ee'), 'ab\tc\nde')
  t.is(clean('\u001B]8;;http://elsewhere\u0007link\u001B]8;;\u0007'), 'link')
  t.is(cleanLine(' a\n\tb '), 'a b')
})

test('lines break between words, and keep those they have', (t) => {
  t.is(wrap('one two three four five six', 20, '  '), '  one two three four\n  five six')
  t.is(wrap('a\n\nb', 80, '  '), '  a\n\n  b')
  t.is(wrap('one two three', undefined), 'one two three')
  t.is(wrap(`x ${'y'.repeat(30)} z`, 20), `x\n${'y'.repeat(30)}\nz`)
})

test('fields without a value are left out', (t) => {
  t.is(
    fields(
      [
        ['asset', 'sum'],
        ['id', '7'],
        ['gone', undefined],
        ['empty', ''],
      ],
      style,
    ),
    'asset  sum\nid     7\n',
  )
})

test('an error shows title, detail, every problem with its place, and the hint', (t) => {
  const error = new CliError('refused', 'The compute asset has 2 errors', {
    detail: 'It does not fit.',
    problems: [
      { file: 'asset.yaml', line: 3, column: 7, where: 'limits.timeout', message: 'expected a duration' },
      { where: '', message: 'something else' },
    ],
    hint: 'Mend it.',
    requestId: 'r-1',
  })
  t.is(
    formatError(error, { width: undefined, style }),
    'error: The compute asset has 2 errors\n' +
      'It does not fit.\n' +
      '  asset.yaml:3:7 limits.timeout: expected a duration\n' +
      '  something else\n' +
      'hint: Mend it.\n',
  )
  t.deepEqual(JSON.parse(errorJson(error)), { error: { title: error.message, ...error.options, exitCode: 4 } })
})

test('a fault of the service names its request', (t) => {
  const error = new CliError('failed', 'Something went wrong', { requestId: 'r-1' })
  t.is(formatError(error, { width: 80, style }), 'error: Something went wrong\nrequest id: r-1\n')
})
