import test from 'ava'
import { ServiceError } from '../../core/errors.ts'
import { shedding } from './shedding.ts'

const refused = { instanceOf: ServiceError, code: 'not-ready' }

test('what is too much is refused at once, and taken again when there is room', async (t) => {
  const within = shedding({ most: 2, deadlineMs: 60_000 })
  const ends: (() => void)[] = []
  const work = () => new Promise<string>((resolve) => ends.push(() => resolve('done')))
  const first = [within(work), within(work)]
  await t.throwsAsync(within(work), refused)
  t.is(ends.length, 2, 'the third was never begun')
  ends[0]?.()
  t.is(await first[0], 'done')
  const third = within(work)
  ends[1]?.()
  ends[2]?.()
  t.deepEqual(await Promise.all([first[1], third]), ['done', 'done'])
})

test('work that takes too long is answered, and counts until it is done', async (t) => {
  const within = shedding({ most: 1, deadlineMs: 20 })
  let end: () => void = () => undefined
  await t.throwsAsync(
    within(() => new Promise<void>((resolve) => (end = resolve))),
    refused,
  )
  await t.throwsAsync(
    within(async () => t.fail('it was begun')),
    { message: /under way/ },
  )
  end()
  await new Promise(setImmediate)
  t.is(await within(async () => 1), 1)
})

test('what the work throws is thrown, and frees its place', async (t) => {
  const within = shedding({ most: 1, deadlineMs: 1_000 })
  for (let round = 0; round < 3; round += 1)
    await t.throwsAsync(
      within(() => Promise.reject(new Error('store away'))),
      { message: 'store away' },
    )
})
