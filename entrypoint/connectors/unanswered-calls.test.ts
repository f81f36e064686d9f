import test from 'ava'
import { unansweredCalls } from './unanswered-calls.ts'

/** Looks that find these, one after the other, and how many there were. */
function looks(...found: readonly (string | undefined)[]): {
  look(): Promise<string | undefined>
  readonly count: number
} {
  let count = 0
  return {
    async look() {
      count += 1
      return found[count - 1]
    },
    get count() {
      return count
    },
  }
}

const fails = (): Promise<never> => Promise.reject(new Error('canceled'))

test('what is to be sent is sent after one look', async (t) => {
  const calls = unansweredCalls(0)
  const { look } = looks(undefined)
  t.is(await calls.look('p1', look), undefined)
  t.is(await calls.send('p1', async () => 204), 204)
})

test('after a call without an answer a second look counts, until one is answered', async (t) => {
  const calls = unansweredCalls(0)
  await t.throwsAsync(calls.send('p1', fails), { message: 'canceled' })
  const taken = looks(undefined, 'provisioned')
  t.is(await calls.look('p1', taken.look), 'provisioned')
  const others = looks(undefined, 'provisioned')
  t.is(await calls.look('p2', others.look), undefined, 'another process')
  t.is(others.count, 1)
  t.is(
    await calls.send(
      'p1',
      async () => 'unclear',
      (came) => came !== 'unclear',
    ),
    'unclear',
  )
  const waits = looks(undefined, undefined)
  t.is(await calls.look('p1', waits.look), undefined)
  t.is(waits.count, 2, 'what is no answer changes nothing')
  await calls.send('p1', async () => 500)
  const after = looks(undefined)
  await calls.look('p1', after.look)
  t.is(after.count, 1)
})

test('what needs nothing to be sent is looked at once', async (t) => {
  const calls = unansweredCalls(0)
  await t.throwsAsync(calls.send('p1', fails))
  const { look } = looks('over')
  t.is(await calls.look('p1', look), 'over')
})

test('of very many the oldest is forgotten', async (t) => {
  const calls = unansweredCalls(0)
  for (let index = 0; index <= 10_000; index++) await t.throwsAsync(calls.send(`p${index}`, fails))
  const oldest = looks(undefined)
  await calls.look('p0', oldest.look)
  t.is(oldest.count, 1)
  const newest = looks(undefined, undefined)
  await calls.look('p10000', newest.look)
  t.is(newest.count, 2)
})
