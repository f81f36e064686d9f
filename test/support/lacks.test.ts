import test from 'ava'
import { lacks } from './lacks.ts'

for (const [mustBeThere, passes] of [
  [true, false],
  [false, true],
] as const)
  test(`what is missing ${passes ? 'skips a test' : 'fails a test where everything must be there'}`, async (t) => {
    const attempt = await t.try((inner) => lacks(inner, 'there is no disk', mustBeThere))
    attempt.discard()
    t.is(attempt.passed, passes)
  })
