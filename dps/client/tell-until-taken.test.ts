import test from 'ava'
import type { ControlPlane } from './control-plane.ts'
import type { Outcome } from './send.ts'
import { tellUntilTaken, type Telling } from './tell-until-taken.ts'

const later: Outcome = { outcome: 'later', status: 500, reason: 'not stored yet' }
const unclear: Outcome = { outcome: 'unclear', reason: 'connection lost' }
const taken: Outcome = { outcome: 'taken' }

function telling(outcomes: readonly Outcome[], more: Partial<Telling> = {}) {
  const left = [...outcomes]
  const attempts: Outcome[] = []
  const controlPlane: ControlPlane = {
    tell: async () => left.shift() ?? { outcome: 'refused', status: 400, reason: '' },
  }
  const told = tellUntilTaken({
    controlPlane,
    notice: 'started',
    processId: 'p',
    status: { flowId: 'p', state: 'STARTED' },
    firstMs: 1,
    longestMs: 2,
    onAttempt: (outcome) => attempts.push(outcome),
    ...more,
  })
  return { told, attempts, left }
}

test('it comes again until it is taken, and never after that', async (t) => {
  const { told, attempts, left } = telling([later, later, taken, taken])
  t.deepEqual(await told, taken)
  t.deepEqual(attempts, [later, later])
  t.is(left.length, 1)
})

test('a refusal ends it', async (t) => {
  const refused: Outcome = { outcome: 'refused', status: 422, reason: 'no' }
  t.deepEqual(await telling([later, refused, taken]).told, refused)
})

test('after an unclear attempt it is not sent again without looking', async (t) => {
  t.deepEqual(await telling([unclear, taken]).told, unclear)
  const known = telling([unclear, taken], { isTold: async () => true })
  t.deepEqual(await known.told, taken)
  t.is(known.left.length, 1, 'the control plane had it already')
  const lost = telling([unclear, later, taken], { isTold: async () => false })
  t.deepEqual(await lost.told, taken)
  t.is(lost.left.length, 0)
})

test('a refusal after an unclear attempt may come of that attempt, so it is looked again', async (t) => {
  const answers = [false, true]
  const { told, left } = telling([unclear, later, taken], { isTold: async () => answers.shift() })
  t.deepEqual(await told, taken)
  t.is(left.length, 1)
  t.is(answers.length, 0)
})

test('while it cannot be told whether it arrived, nothing is sent', async (t) => {
  const answers = [undefined, undefined, true]
  const { told, left } = telling([unclear, later], { isTold: async () => answers.shift() })
  t.deepEqual(await told, taken)
  t.is(left.length, 1)
  t.is(answers.length, 0)
})

test('it gives up when told to, with the last outcome', async (t) => {
  const stop = new AbortController()
  const { told } = telling([later, later], { firstMs: 60_000, longestMs: 60_000, signal: stop.signal })
  setImmediate(() => stop.abort())
  t.deepEqual(await told, later)
})
