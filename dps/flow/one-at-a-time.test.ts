import test from 'ava'
import { oneAtATime } from './one-at-a-time.ts'

test('what belongs to one key runs in order, whatever fails; another key does not wait', async (t) => {
  const inTurn = oneAtATime()
  const seen: string[] = []
  const first = Promise.withResolvers<void>()
  const runs = [
    inTurn('a', async () => {
      seen.push('a1 begins')
      await first.promise
      seen.push('a1 ends')
      throw new Error('a1 failed')
    }),
    inTurn('a', async () => seen.push('a2')),
    inTurn('b', async () => seen.push('b1')),
  ]
  await runs[2]
  t.deepEqual(seen, ['a1 begins', 'b1'])
  first.resolve()
  await t.throwsAsync(async () => runs[0], { message: 'a1 failed' })
  await runs[1]
  t.deepEqual(seen, ['a1 begins', 'b1', 'a1 ends', 'a2'])
})
