import test from 'ava'
import { acceptedJob, type QueuedJob, waitsForSlot } from '../job/job.ts'
import { requestedTransfer, type Transfer } from '../transfer/transfer.ts'
import { followTransfer, queueDeadline } from './queue-wait.ts'

const origin = { kind: 'transfer', transferId: 't', connectorId: 'provider' } as const
const terms = { assetVersion: '1.0.0', agreementId: 'a', consumerId: 'c', parameters: {} }
const job: QueuedJob = { ...acceptedJob('j', origin, 'asset', 1), state: 'queued', terms, since: 100 }
const ids = { id: 't', connectorId: 'provider', processId: 'p', definitionId: 'd', assetId: 'asset', jobId: 'j' }
const open: Transfer = { ...requestedTransfer(ids, 1), state: 'granted', since: 400 }
const suspended: Transfer = { ...open, state: 'suspended', from: 'granted', since: 300 }

test('a job may wait for its time from when it was queued first; earlier stays count', (t) => {
  t.is(queueDeadline(job, 1_000), 1_100)
  t.is(queueDeadline({ ...job, waited: 600 }, 1_000), 500)
})

test('while its transfer is suspended a job takes no slot, and its time stands still', (t) => {
  const paused = followTransfer(job, suspended)
  t.is(paused.pausedSince, 300)
  t.false(waitsForSlot(paused))
  t.is(queueDeadline(paused, 1_000), undefined)
  t.is(followTransfer(paused, suspended), paused, 'nothing changes twice')
  const resumed = followTransfer(paused, open)
  t.true(waitsForSlot(resumed))
  t.is(resumed.pausedSince, undefined)
  t.is(queueDeadline(resumed, 1_000), 1_200, 'a hundred later: so long it was suspended')
  t.is(followTransfer(resumed, open), resumed)
})

test('a transfer that was suspended before the job came counts from when it came', (t) => {
  t.is(followTransfer({ ...job, since: 350 }, suspended).pausedSince, 350)
})

test('a job that runs for nobody’s transfer is never paused', (t) => {
  t.is(followTransfer(job, undefined), job)
})
