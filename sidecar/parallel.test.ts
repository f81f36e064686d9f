import test from 'ava'
import { inParallel } from './parallel.ts'

const never = new AbortController().signal

test('does everything, never more than the limit at once', async (t) => {
  let now = 0
  let most = 0
  const done: number[] = []
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, never, async (item) => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    now--
    done.push(item)
  })
  t.is(most, 3)
  t.deepEqual(
    done.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

test('after a failure nothing is begun, what runs is told, and the first failure is thrown when all has ended', async (t) => {
  const begun: number[] = []
  let ended = false
  await t.throwsAsync(
    inParallel([1, 2, 3, 4], 2, never, async (item, signal) => {
      begun.push(item)
      if (item === 1) throw new Error('first')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await new Promise(setImmediate)
      ended = true
      throw new Error('second')
    }),
    { message: 'first' },
  )
  t.deepEqual(begun, [1, 2])
  t.true(ended)
})

test('an abort from outside ends it with its reason', async (t) => {
  const stop = new AbortController()
  const begun: number[] = []
  await t.throwsAsync(
    inParallel([1, 2, 3], 1, stop.signal, async (item) => {
      begun.push(item)
      stop.abort(new Error('stopped'))
    }),
    { message: 'stopped' },
  )
  t.deepEqual(begun, [1])
})
