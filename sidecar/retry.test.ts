import test from 'ava'
import { TransientError, withRetries } from './retry.ts'

const never = new AbortController().signal
const rules = { patienceMs: 10_000, longestPauseMs: 5 }

test('tries again after transient errors, telling why, and gives the result', async (t) => {
  const told: string[] = []
  const result = await withRetries(
    async (tried) => {
      if (tried < 3) throw new TransientError(`no ${tried}`)
      return tried
    },
    rules,
    never,
    (error) => told.push(error.message),
  )
  t.is(result, 3)
  t.deepEqual(told, ['no 0', 'no 1', 'no 2'])
})

test('other errors are final', async (t) => {
  let calls = 0
  const error = await t.throwsAsync(
    withRetries(
      async () => {
        calls++
        throw new RangeError('final')
      },
      rules,
      never,
    ),
  )
  t.true(error instanceof RangeError)
  t.is(calls, 1)
})

test('ends with the last error when the tries are used up', async (t) => {
  let calls = 0
  const failing = async () => {
    throw new TransientError(`try ${++calls}`)
  }
  await t.throwsAsync(withRetries(failing, { ...rules, tries: 4 }, never), { message: 'try 4' })
})

const away = async () => {
  throw new TransientError('away')
}

test('ends when patience does, counted from the first failure', async (t) => {
  const startedAt = performance.now()
  await t.throwsAsync(withRetries(away, { patienceMs: 300, longestPauseMs: 50 }, never), { message: 'away' })
  const took = performance.now() - startedAt
  t.true(took >= 200 && took < 30_000, `${took} ms`)
})

test('an abort ends a pause at once, with its reason', async (t) => {
  const stop = new AbortController()
  let calls = 0
  const failing = async () => {
    calls += 1
    setImmediate(() => stop.abort(new Error('stopped')))
    throw new TransientError('away')
  }
  await t.throwsAsync(withRetries(failing, { patienceMs: 60_000, longestPauseMs: 60_000 }, stop.signal), {
    message: 'stopped',
  })
  t.is(calls, 1)
})
