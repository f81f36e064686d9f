import test from 'ava'
import { Stale } from './apply.ts'
import { carryOut } from './order.ts'

/** An order that finds something changed so many times before it succeeds. */
function order(stale: number): { readonly run: () => Promise<string>; readonly tries: () => number } {
  let tries = 0
  return {
    async run() {
      tries += 1
      if (tries <= stale) throw new Stale('somebody else changed it meanwhile')
      return 'done'
    },
    tries: () => tries,
  }
}

test('an order is carried out on what is there, however it changed meanwhile', async (t) => {
  const { run, tries } = order(4)
  t.is(await carryOut(run), 'done')
  t.is(tries(), 5)
})

test('what changes again and again is told, and any other fault at once', async (t) => {
  const endless = order(Infinity)
  await t.throwsAsync(carryOut(endless.run), { instanceOf: Stale })
  t.is(endless.tries(), 5)
  let tries = 0
  const failing = async (): Promise<never> => {
    tries += 1
    throw new Error('no disk')
  }
  await t.throwsAsync(carryOut(failing), { message: 'no disk' })
  t.is(tries, 1)
})
