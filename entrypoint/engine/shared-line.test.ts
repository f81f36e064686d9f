import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import type { Line } from '../../core/ports/store.ts'
import { sharedLine } from './shared-line.ts'

/** A line that is told when the test says so, and how often it was asked. */
function slowLine() {
  const looks: { tell(running: number): void; fail(): void }[] = []
  const line = (): Promise<Line> =>
    new Promise((resolve, reject) => {
      looks.push({
        tell: (running) => resolve({ running, contenders: [] }),
        fail: () => reject(new Error('the store is away')),
      })
    })
  return { store: { line }, looks }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await nextTurn()
}

test('who asks in the same moment shares a look, and who asks while it is under way shares the next one', async (t) => {
  const { store, looks } = slowLine()
  const ask = (): Promise<Line> => sharedLine(store, 1, () => 0)
  const early = [ask(), ask()]
  await settle()
  t.is(looks.length, 1)
  const late = [ask(), ask(), ask()]
  await settle()
  t.is(looks.length, 1, 'one at a time')
  looks[0]?.tell(1)
  t.deepEqual(
    (await Promise.all(early)).map(({ running }) => running),
    [1, 1],
  )
  await settle()
  t.is(looks.length, 2)
  looks[1]?.tell(2)
  t.deepEqual(
    (await Promise.all(late)).map(({ running }) => running),
    [2, 2, 2],
    'nobody gets what was read before he asked',
  )
})

test('a look that fails is told to those who shared it, and the next ones look again', async (t) => {
  const { store, looks } = slowLine()
  const ask = (): Promise<Line> => sharedLine(store, 1, () => 0)
  const failing = [ask(), ask()]
  await settle()
  const after = ask()
  looks[0]?.fail()
  for (const one of failing) await t.throwsAsync(one, { message: 'the store is away' })
  await settle()
  looks[1]?.tell(3)
  t.is((await after).running, 3)
})

test('each store has a line of its own', async (t) => {
  const [one, other] = [slowLine(), slowLine()]
  const asked = [sharedLine(one.store, 1, () => 0), sharedLine(other.store, 1, () => 0)]
  await settle()
  one.looks[0]?.tell(1)
  other.looks[0]?.tell(2)
  t.deepEqual(
    (await Promise.all(asked)).map(({ running }) => running),
    [1, 2],
  )
})
