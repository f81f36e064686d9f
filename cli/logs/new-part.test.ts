import test from 'ava'
import fc from 'fast-check'
import { newPart } from './new-part.ts'

test('what was added is new', (t) => {
  t.deepEqual(newPart('', 'one\n'), { text: 'one\n', gap: false })
  t.deepEqual(newPart('one\n', 'one\ntwo\n'), { text: 'two\n', gap: false })
  t.deepEqual(newPart('one\n', 'one\n'), { text: '', gap: false })
})

test('where the beginning was dropped, reading goes on at the seam', (t) => {
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('')
  t.deepEqual(newPart(lines(0, 1000), lines(500, 1003)), { text: lines(1000, 1003), gap: false })
  t.deepEqual(
    newPart(lines(0, 1000), lines(1500, 1600)),
    { text: lines(1500, 1600), gap: true },
    'too much was dropped',
  )
})

test('a log of different lines is told whole and once, however it is read', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 60 }), { maxLength: 12 }),
      fc.integer({ min: 5_000, max: 20_000 }),
      (steps, kept) => {
        let log = ''
        let before = ''
        let told = ''
        let line = 0
        for (const step of steps) {
          for (let i = 0; i < step; i += 1) log += `${(line += 1)}: something that was written\n`
          const seen = log.slice(-kept)
          const part = newPart(before, seen)
          if (part.gap) return false
          told += part.text
          before = seen
        }
        return told === log
      },
    ),
  )
  t.pass()
})
