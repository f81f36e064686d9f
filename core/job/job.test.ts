import test from 'ava'
import { acceptedJob, type Attempt, holdsSlot, isFinal, type Job, latestAttempt, withAttempt } from './job.ts'

const start = acceptedJob('job', { kind: 'transfer', transferId: 't', connectorId: 'c' }, 'asset', 5)
const attempt = (number: number, removed: boolean): Attempt => ({
  number,
  startedAt: 0,
  launched: true,
  logsKept: true,
  removed,
})
const job: Job = { ...start, attempts: [attempt(1, true), attempt(2, false)] }

test('a job begins without an attempt', (t) => {
  t.like(start, { id: 'job', state: 'accepted', attempt: 1, attempts: [], createdAt: 5, since: 5 })
  t.is(latestAttempt(start), undefined)
  t.is(latestAttempt(job)?.number, 2)
})

test('a slot is held until the objects of every attempt are gone, also when the job is over', (t) => {
  t.false(holdsSlot(start))
  t.true(holdsSlot(job))
  t.true(holdsSlot({ ...job, state: 'failed', failure: { cause: 'deadline', message: '' } }))
  t.false(holdsSlot(withAttempt(job, 2, { removed: true })))
})

test('a change of one attempt leaves the others, and the job it was made from', (t) => {
  const after = withAttempt(job, 2, { logsKept: false, workerStartedAt: 9 })
  t.deepEqual(after.attempts, [attempt(1, true), { ...attempt(2, false), logsKept: false, workerStartedAt: 9 }])
  t.true(job.attempts[1]?.logsKept)
  t.deepEqual(withAttempt(job, 3, { removed: true }), job)
})

test('only the three ends are final', (t) => {
  const end = { failure: { cause: 'deadline', message: '' }, by: 'operator', reason: '', terms: undefined } as const
  const states = ['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled'] as const
  t.deepEqual(
    states.filter((state) => isFinal({ ...start, ...end, state } as unknown as Job)),
    ['succeeded', 'failed', 'cancelled'],
  )
})
