import test from 'ava'
import type { StepObservation } from '../core/ports/backend.ts'
import { ClusterTime, moved } from './cluster-time.ts'

const hour = 3_600_000

test('clocks that agree to the second are left alone', (t) => {
  let now = 10_000_700
  const time = new ClusterTime({ now: () => now })
  time.heard(10_000_000)
  t.is(time.aheadMs, 0)
  t.is(time.now(), now)
  now += hour
  time.heard(10_001_000)
  t.is(time.aheadMs, hour - 300, 'our clock jumped by an hour')
  t.is(time.now(), 10_001_000)
  now -= 2 * hour
  time.heard(10_002_000)
  t.is(time.aheadMs, -hour - 1_300)
  t.is(time.now(), 10_002_000)
})

test('every time of a step is moved, and nothing else', (t) => {
  const steps: readonly (readonly [StepObservation, StepObservation])[] = [
    [
      { phase: 'preparing', waiting: { since: 1 }, fetchStartedAt: 2 },
      { phase: 'preparing', waiting: { since: 11 }, fetchStartedAt: 12 },
    ],
    [{ phase: 'preparing' }, { phase: 'preparing' }],
    [
      { phase: 'running', workerStartedAt: 3 },
      { phase: 'running', workerStartedAt: 13 },
    ],
    [
      { phase: 'storing', workerStartedAt: 4, workerEndedAt: 5, waiting: { since: 6 } },
      { phase: 'storing', workerStartedAt: 14, workerEndedAt: 15, waiting: { since: 16 } },
    ],
    [
      { phase: 'stored', workerStartedAt: 7, workerEndedAt: 8 },
      { phase: 'stored', workerStartedAt: 17, workerEndedAt: 18 },
    ],
    [
      { phase: 'failed', failure: { cause: 'deadline', message: 'm' }, container: 'worker', workerStartedAt: 9 },
      { phase: 'failed', failure: { cause: 'deadline', message: 'm' }, container: 'worker', workerStartedAt: 19 },
    ],
  ]
  for (const [before, after] of steps) {
    t.deepEqual(moved(before, 10), after)
    t.is(moved(before, 0), before)
  }
})
