import test from 'ava'
import type { Observation, StepObservation, Trouble } from '../ports/backend.ts'
import { computeAssetSchema } from '../asset/schema.ts'
import { leastAsset } from '../../test/support/example-asset.ts'
import { causes, type Cause } from './causes.ts'
import { type Decision, decide, mayRetry } from './decide.ts'
import { acceptedJob, type ActiveJob, type Attempt } from './job.ts'

const minute = 60_000
const { limits } = computeAssetSchema.parse({ ...leastAsset, limits: { timeout: '60m', startTimeout: '10m' } })
const service = { uploadTimeoutMs: 30 * minute, stopTimeoutMs: 8_000 }

/** An attempt that took its slot at 0 and that the backend has taken. */
const launched: Attempt = { number: 1, startedAt: 0, launched: true, logsKept: false, removed: false }
const unconfirmed: Attempt = { ...launched, launched: false }
const deadline = { cause: 'deadline', message: 'It ran too long.' } as const
const stopping: Attempt = { ...launched, stopping: { since: 5 * minute, failure: deadline } }

interface Case {
  readonly attempt?: Attempt
  readonly state?: ActiveJob['state']
  readonly see: Observation | StepObservation
  readonly at?: number
}

function decided({ attempt = launched, state = 'starting', see, at = minute }: Case): Decision {
  const job: ActiveJob = {
    ...acceptedJob('job', { kind: 'transfer', transferId: 't', connectorId: 'c' }, 'asset', 0),
    state,
    terms: { assetVersion: '1.0.0', agreementId: 'a', consumerId: 'c', parameters: {} },
    attempts: [attempt],
  }
  return decide(job, 'presence' in see ? see : { presence: 'present', step: see }, limits, service, at)
}

/** Both sides of a boundary: what is decided in the last millisecond before, and at the time itself. */
const before = (time: number): number => time - 1

const absent = { presence: 'absent' } as const
const removing = { presence: 'removing' } as const
const preparing = { phase: 'preparing', fetchStartedAt: 2 * minute } as const
const waits = (since: number, trouble?: Trouble) => ({
  phase: 'preparing' as const,
  waiting: { since, ...(trouble ? { trouble } : {}) },
})
const running = { phase: 'running', workerStartedAt: 3 * minute } as const
const storing = { phase: 'storing', workerStartedAt: 3 * minute, workerEndedAt: 4 * minute } as const
const stored = { ...storing, phase: 'stored' } as const
const crashed = { cause: 'exit-code', message: 'The worker exited with 3.', exitCode: 3 } as const
const failed = { phase: 'failed', failure: crashed, container: 'worker' } as const
const noImage: Trouble = { cause: 'image-pull', message: 'no such image', final: false }
const badName: Trouble = { cause: 'invalid-image', message: 'that is no name', final: true }

const cases: readonly (readonly [title: string, given: Case, expected: object])[] = [
  // the objects are not there yet
  ['not launched, nothing there: launch', { attempt: unconfirmed, see: absent }, { do: 'launch' }],
  [
    'not launched, objects there: launch again, which finds them',
    { attempt: unconfirmed, see: preparing },
    { do: 'launch' },
  ],
  ['not launched, worker runs already: launch again', { attempt: unconfirmed, see: running }, { do: 'launch' }],
  [
    'never taken, just before startTimeout',
    { attempt: unconfirmed, see: absent, at: before(10 * minute) },
    { do: 'launch' },
  ],
  [
    'never taken, at startTimeout',
    { attempt: unconfirmed, see: absent, at: 10 * minute },
    {
      do: 'fail',
      container: 'worker',
      failure: {
        cause: 'start-timeout',
        message: 'The backend did not take the attempt within limits.startTimeout (10m).',
      },
    },
  ],
  [
    'there but never confirmed, at startTimeout',
    { attempt: unconfirmed, see: preparing, at: 10 * minute },
    { do: 'fail', failure: { cause: 'start-timeout' } },
  ],
  // the objects are gone
  [
    'launched and gone: not by us',
    { see: absent },
    { do: 'fail', container: 'worker', failure: { cause: 'node-lost' } },
  ],
  ['launched and going: not by us', { see: removing }, { do: 'fail', failure: { cause: 'node-lost' } }],
  ['not confirmed and going', { attempt: unconfirmed, see: removing }, { do: 'fail', failure: { cause: 'node-lost' } }],
  [
    'not confirmed and going, after startTimeout',
    { attempt: unconfirmed, see: removing, at: 11 * minute },
    { do: 'fail', failure: { cause: 'node-lost' } },
  ],
  ['gone after we stopped it: for our reason', { attempt: stopping, see: absent }, { do: 'fail', failure: deadline }],
  [
    'going after we stopped it: for our reason',
    { attempt: stopping, see: removing },
    { do: 'fail', failure: deadline },
  ],
  ['gone while it ran', { state: 'running', see: absent }, { do: 'fail', failure: { cause: 'node-lost' } }],
  // fetching
  ['inputs are fetched', { see: preparing }, { do: 'wait', until: 12 * minute }],
  [
    'inputs are fetched, just before startTimeout',
    { see: preparing, at: before(12 * minute) },
    { do: 'wait', until: 12 * minute },
  ],
  [
    'inputs are fetched for too long',
    { see: preparing, at: 12 * minute },
    {
      do: 'fail',
      container: 'fetch',
      failure: { cause: 'input-failed', message: 'The inputs were not fetched within limits.startTimeout (10m).' },
    },
  ],
  [
    'fetching since nobody knows when: counted from the slot',
    { see: { phase: 'preparing' } },
    { do: 'wait', until: 10 * minute },
  ],
  // waiting for a container
  ['fetch waits', { see: waits(minute) }, { do: 'wait', until: 11 * minute }],
  [
    'fetch waits with trouble that may pass',
    { see: waits(minute, noImage), at: before(11 * minute) },
    { do: 'wait', until: 11 * minute },
  ],
  [
    'fetch waits too long',
    { see: waits(minute), at: 11 * minute },
    {
      do: 'fail',
      container: 'fetch',
      failure: {
        cause: 'start-timeout',
        message: 'The container fetch did not start within limits.startTimeout (10m).',
      },
    },
  ],
  [
    'fetch waits too long, with trouble: that is the cause',
    { see: waits(minute, noImage), at: 11 * minute },
    {
      do: 'fail',
      container: 'fetch',
      failure: {
        cause: 'image-pull',
        message: 'The container fetch did not start within limits.startTimeout (10m): no such image',
      },
    },
  ],
  [
    'trouble that waiting cannot mend ends it at once',
    { see: waits(minute, badName) },
    { do: 'fail', failure: { cause: 'invalid-image', message: 'that is no name' } },
  ],
  [
    'the worker waits: its time counts anew',
    { see: { ...preparing, ...waits(9 * minute) }, at: 18 * minute },
    { do: 'wait', until: 19 * minute },
  ],
  [
    'the worker waits too long',
    { see: { ...preparing, ...waits(9 * minute) }, at: 19 * minute },
    { do: 'fail', container: 'worker', failure: { cause: 'start-timeout' } },
  ],
  // running
  ['the worker was seen first', { see: running }, { do: 'note-running', workerStartedAt: 3 * minute }],
  [
    'the worker was seen first, after its time: noted, stopped at the next look',
    { see: running, at: 99 * minute },
    { do: 'note-running' },
  ],
  ['the worker runs', { state: 'running', see: running }, { do: 'wait', until: 63 * minute }],
  [
    'the worker runs, just before its timeout',
    { state: 'running', see: running, at: before(63 * minute) },
    { do: 'wait', until: 63 * minute },
  ],
  [
    'the worker runs too long',
    { state: 'running', see: running, at: 63 * minute },
    {
      do: 'stop',
      failure: { cause: 'deadline', message: 'The worker ran longer than limits.timeout (1h) and was ended.' },
    },
  ],
  // stopping
  [
    'stopped and still running',
    { attempt: stopping, state: 'running', see: running, at: 5 * minute },
    { do: 'wait', until: 5 * minute + 8_000 },
  ],
  [
    'stopped and still running, just before we give up',
    { attempt: stopping, state: 'running', see: running, at: before(5 * minute + 8_000) },
    { do: 'wait', until: 5 * minute + 8_000 },
  ],
  [
    'stopped and still running when we give up',
    { attempt: stopping, state: 'running', see: running, at: 5 * minute + 8_000 },
    { do: 'fail', failure: deadline, container: 'worker' },
  ],
  [
    'stopped, and then it failed: for our reason',
    { attempt: stopping, state: 'running', see: failed },
    { do: 'fail', failure: deadline, container: 'worker' },
  ],
  [
    'stopped, but it was done: the result counts',
    { attempt: stopping, state: 'running', see: stored },
    { do: 'settle' },
  ],
  // storing
  ['the worker ended unseen', { see: storing }, { do: 'note-storing', workerStartedAt: 3 * minute }],
  ['the worker ended', { state: 'running', see: storing }, { do: 'note-storing', workerStartedAt: 3 * minute }],
  ['the sidecar uploads', { state: 'storing', see: storing }, { do: 'wait', until: 34 * minute }],
  [
    'the sidecar uploads, just before its timeout',
    { state: 'storing', see: storing, at: before(34 * minute) },
    { do: 'wait', until: 34 * minute },
  ],
  [
    'the sidecar uploads for too long',
    { state: 'storing', see: storing, at: 34 * minute },
    {
      do: 'fail',
      container: 'upload',
      failure: { cause: 'upload-failed', message: 'The sidecar did not finish the upload within 30m.' },
    },
  ],
  [
    'the sidecar waits to start',
    { state: 'storing', see: { ...storing, waiting: { since: 4 * minute } } },
    { do: 'wait', until: 14 * minute },
  ],
  [
    'the sidecar waits too long',
    { state: 'storing', see: { ...storing, waiting: { since: 4 * minute } }, at: 14 * minute },
    { do: 'fail', container: 'upload', failure: { cause: 'start-timeout' } },
  ],
  [
    'a worker’s timeout does not cut the upload',
    { state: 'storing', see: { ...storing, workerEndedAt: 62 * minute }, at: 64 * minute },
    { do: 'wait', until: 92 * minute },
  ],
  // over
  ['the sidecar is done', { state: 'storing', see: stored }, { do: 'settle' }],
  ['the sidecar is done, and nothing before it was seen', { see: stored }, { do: 'settle' }],
  ['it failed', { state: 'running', see: failed }, { do: 'fail', failure: crashed, container: 'worker' }],
  [
    'it failed before anything was seen',
    { see: { ...failed, container: 'fetch' } },
    { do: 'fail', failure: crashed, container: 'fetch' },
  ],
  ['it failed, however late', { state: 'running', see: failed, at: 999 * minute }, { do: 'fail', failure: crashed }],
]

for (const [title, given, expected] of cases) {
  test(title, (t) => t.like(decided(given), expected))
}

test('whatever is seen, a wait ends in the future', (t) => {
  for (const [, given] of cases) {
    for (const at of [0, minute, before(10 * minute), 10 * minute, 63 * minute, 999 * minute]) {
      const decision = decided({ ...given, at })
      if (decision.do === 'wait') t.true(decision.until > at)
    }
  }
})

test('a job that took no slot yet would be launched', (t) => {
  const job: ActiveJob = {
    ...acceptedJob('job', { kind: 'transfer', transferId: 't', connectorId: 'c' }, 'asset', 0),
    state: 'starting',
    terms: { assetVersion: '1.0.0', agreementId: 'a', consumerId: 'c', parameters: {} },
  }
  t.deepEqual(decide(job, absent, limits, service, 0), { do: 'launch' })
})

test('a failure that may pass is tried again as often as the asset says', (t) => {
  const lost = { cause: 'node-lost', message: '' } as const
  t.deepEqual(
    [1, 2, 3].map((attempt) => mayRetry(attempt, lost, 2)),
    [true, true, false],
  )
  t.false(mayRetry(1, lost, 0))
  for (const cause of Object.keys(causes) as Cause[])
    t.is(mayRetry(1, { cause, message: '' }, 10), causes[cause].retryable, cause)
})
