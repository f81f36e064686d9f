import test from 'ava'
import { transferPause } from './transfer-pace.ts'

const times = { pollMs: 5_000, idlePollMs: 30_000 }
const now = 1_000_000

/** The pause of a transfer whose job has waited so long for a slot, in milliseconds. */
const waiting = (milliseconds: number, given = times): number =>
  transferPause({ state: 'requested' }, { state: 'queued', since: now - milliseconds }, given, now)

test('the connector is asked often while a job is under way, or is to hear of an address', (t) => {
  for (const state of ['accepted', 'starting', 'running', 'storing'] as const)
    t.is(transferPause({ state: 'requested' }, { state, since: 0 }, times, now), 5_000)
  t.is(transferPause({ state: 'requested' }, undefined, times, now), 5_000)
  t.is(transferPause({ state: 'granting' }, { state: 'queued', since: 0 }, times, now), 5_000)
})

test('it is asked seldom once the result is open', (t) => {
  for (const state of ['granted', 'delivering', 'suspended'] as const)
    t.is(transferPause({ state }, undefined, times, now), 30_000)
})

test('while a job waits for a slot the pauses grow with the wait, between the two', (t) => {
  t.is(waiting(0), 5_000)
  t.is(waiting(20_000), 10_000)
  t.is(waiting(60_000), 30_000)
  t.is(waiting(86_400_000), 30_000)
  t.is(waiting(-3_600_000), 5_000, 'a clock that was set back')
  t.is(waiting(60_000, { pollMs: 5_000, idlePollMs: 1_000 }), 5_000, 'never shorter than while it is under way')
})
