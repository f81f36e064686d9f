import test from 'ava'
import { eventTrouble } from './trouble.ts'

const failedMount = (lastTimestamp: number | undefined) => ({
  reason: 'FailedMount',
  message: 'failed to sync secret cache: timed out',
  lastTimestamp,
  eventTime: undefined,
})

test('what was overcome before the waiting began is no reason for it', (t) => {
  t.is(eventTrouble([failedMount(10_000)], 15_000), undefined)
  t.like(eventTrouble([failedMount(10_000), failedMount(20_000)], 15_000), { cause: 'backend-error' })
})

test('events tell whole seconds, and some no time at all', (t) => {
  t.like(eventTrouble([failedMount(15_000)], 15_900), { cause: 'backend-error' })
  t.like(eventTrouble([failedMount(undefined)], 15_900), {
    message: 'FailedMount: failed to sync secret cache: timed out',
  })
})
