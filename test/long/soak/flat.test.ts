import test from 'ava'
import type { Footprint } from './footprint.ts'
import { judgeFlatness } from './flat.ts'
import { trendOf } from './trend.ts'

const MiB = 2 ** 20
const minutes = 30

/** A process that is looked at each second, with much coming and going above what it always needs. */
function footprint(memoryPerMinute: number, filesPerMinute: number): Footprint {
  const looks = Array.from({ length: minutes * 60 }, (_, second) => second)
  const busy = (second: number): number => (second * 7919) % 31
  return {
    memory: looks.map((second) => ({
      at: second * 1000,
      value: (100 + busy(second) + (memoryPerMinute * second) / 60 + (second < 120 ? -40 : 0)) * MiB,
    })),
    files: looks.map((second) => ({
      at: second * 1000,
      value: 30 + busy(second) + Math.floor((filesPerMinute * second) / 60),
    })),
  }
}

const length = minutes * 60_000

test('what comes and goes is flat, and so is what is filled in the beginning', (t) => {
  const { figures, violations } = judgeFlatness(footprint(0, 0), length)
  t.deepEqual(violations, [])
  t.is(figures['rise of memory in a minute'], '0 MiB')
  t.is(figures['least open files of a window, first and last'], '30 and 30')
})

test('what grows slowly below all that is seen', (t) => {
  t.deepEqual(judgeFlatness(footprint(0.2, 0.15), length).violations, [], 'within the bounds')
  const memory = judgeFlatness(footprint(0.3, 0), length)
  t.is(memory.violations.length, 1)
  t.regex(memory.violations[0] ?? '', /^memory rises by 0\.3 MiB a minute/)
  const files = judgeFlatness(footprint(0, 0.5), length)
  t.is(files.violations.length, 1)
  t.regex(files.violations[0] ?? '', /^open files rises by 0\.\d+ a minute/)
})

test('steps that no slope shows are told, too', (t) => {
  const stepped = (more: number): Footprint => {
    const { memory, files } = footprint(0, 0)
    return { memory, files: files.map(({ at, value }) => ({ at, value: at > length * 0.8 ? value + more : value })) }
  }
  t.deepEqual(judgeFlatness(stepped(30), length).violations, [], 'connections that are kept')
  const { figures, violations } = judgeFlatness(stepped(40), length)
  t.is(figures['rise of open files in a minute'], '0')
  t.is(violations.length, 1)
  t.regex(violations[0] ?? '', /^open files rose by 40 altogether, more than 32/)
})

test('one window that is otherwise changes nothing', (t) => {
  const points = Array.from({ length: 24 }, (_, window) => ({ at: window * 1000, value: window === 23 ? 900 : 100 }))
  t.is(trendOf(points, 24, 24_000, 6).perMinute, 0)
})

test('of a short time nothing is said, and a window without a look is an error', (t) => {
  const { figures, violations } = judgeFlatness(footprint(100, 100), 60_000)
  t.deepEqual([figures['memory and files'], violations], ['too short a time', []])
  t.throws(() => trendOf([{ at: 0, value: 1 }], 2, 1000, 0), { message: /window 2 of 2/ })
})
