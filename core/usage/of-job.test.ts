import test from 'ava'
import { acceptedJob, type Attempt, type Job } from '../job/job.ts'
import { usageOfAttempt, usageOfEnd } from './of-job.ts'

const terms = { assetVersion: '1.0.0', agreementId: 'agreement', consumerId: 'consumer', parameters: {} }
const attempt: Attempt = { number: 1, startedAt: 1_000, launched: true, logsKept: true, removed: false }
const base = acceptedJob('job', { kind: 'transfer', transferId: 't', connectorId: 'provider' }, 'asset', 500)
const succeeded: Job = { ...base, state: 'succeeded', terms, attempts: [attempt], since: 90_000 }
const resources = { cpu: '250m', memory: '512Mi', ephemeralStorage: '1Gi' }
const nothing = { fetchedBytes: 0, storedBytes: 0 }
const used = (times: Partial<Attempt>, job = succeeded) =>
  usageOfAttempt(job, { ...attempt, ...times }, resources, nothing, 99_000)

test('requested cores and memory times the worker’s seconds', (t) => {
  t.like(used({ workerStartedAt: 10_000, workerEndedAt: 30_000 }), {
    outcome: 'succeeded',
    cpuSeconds: 5,
    memoryGibSeconds: 10,
    gpuSeconds: 0,
    at: 99_000,
  })
})

test('a worker that never ran used nothing, one that ran a second at least', (t) => {
  t.like(used({}), { cpuSeconds: 0, workerStartedAt: undefined })
  t.like(used({ workerStartedAt: 10_000, workerEndedAt: 10_000 }), { cpuSeconds: 0.25 })
  t.like(used({ workerStartedAt: 10_000, workerEndedAt: 9_000 }), { cpuSeconds: 0.25, workerEndedAt: 10_000 })
})

test('where nobody saw it end, its time goes to when that was noticed, and that is told', (t) => {
  t.like(used({ workerStartedAt: 10_000 }), { cpuSeconds: 20, workerEndedAt: 90_000, estimated: true })
})

test('an attempt ended as it did, whatever became of the job', (t) => {
  const failure = { cause: 'evicted', message: 'It was evicted.' } as const
  t.like(used({ failure }), { outcome: 'failed', cause: 'evicted' })
  const second: Job = { ...succeeded, attempt: 2 }
  t.is(used({}, second).outcome, 'cancelled')
})

test('a job’s end is counted when it comes, and not again', (t) => {
  t.like(usageOfEnd(base, succeeded), { kind: 'job', outcome: 'succeeded', at: 90_000, agreementId: 'agreement' })
  t.is(usageOfEnd(succeeded, { ...succeeded, retriedAs: 'x' }), undefined)
  t.is(usageOfEnd(base, { ...base, state: 'queued', terms }), undefined)
  const cancelled: Job = { ...base, state: 'cancelled', by: 'operator', reason: 'enough' }
  t.like(usageOfEnd(base, cancelled), { outcome: 'cancelled', cause: 'operator', agreementId: null })
})
