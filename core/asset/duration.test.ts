import fc from 'fast-check'
import test from 'ava'
import { formatDuration, parseDuration } from './duration.ts'

for (const [text, milliseconds] of [
  ['0s', 0],
  ['250ms', 250],
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['007m', 420_000],
] as const) {
  test(`${text} is ${milliseconds} ms`, (t) => t.is(parseDuration(text), milliseconds))
}

for (const text of [
  '',
  '5',
  's',
  '-1s',
  '+1s',
  '1.5h',
  '1 h',
  ' 1h',
  '1h ',
  '1H',
  '1h30m',
  '1w',
  '1e3s',
  '1234567890s',
  '1h\n',
]) {
  test(`${JSON.stringify(text)} is no duration`, (t) => t.is(parseDuration(text), undefined))
}

test('a duration is written in the largest unit that leaves a whole number', (t) => {
  t.is(formatDuration(90_000), '90s')
  t.is(formatDuration(120_000), '2m')
  t.is(formatDuration(86_400_000), '1d')
  t.is(formatDuration(1_500), '1500ms')
  t.is(formatDuration(0), '0ms')
})

test('what is written is read back', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), (milliseconds) =>
      t.is(parseDuration(formatDuration(milliseconds)), milliseconds),
    ),
  )
})
