import test from 'ava'
import type { ShownJob } from '../api/jobs.ts'
import { explain } from './explain.ts'
import type { AssetTerms } from './surroundings.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString()
const terms: AssetTerms = {
  timeout: 3_600_000,
  startTimeout: 600_000,
  retries: 0,
  concurrentJobs: 1,
  onFailure: 'terminate',
}

function job(state: ShownJob['state'], more: Partial<ShownJob> = {}): ShownJob {
  return {
    id: 'j-1',
    state,
    assetId: 'sum',
    assetVersion: '1.0.0',
    origin: { kind: 'transfer', transferId: 't-1', connectorId: 'provider' },
    agreementId: 'a-1',
    consumerId: 'consumer',
    parameters: {},
    attempt: 1,
    attempts: [],
    createdAt: ago(600),
    since: ago(5),
    ...more,
  }
}

const failure = {
  cause: 'evicted',
  title: 'The cluster evicted the job',
  message: 'The volume was full.',
  hint: 'Raise it.',
}
const attempt = { number: 1, startedAt: ago(60), workerStartedAt: ago(50), objectsRemoved: true }

test('an accepted job waits for its connector; a hint comes when that takes long', (t) => {
  const early = explain(job('accepted'), {}, now)
  t.is(early.headline, 'The job waits for its connector since 5 s.')
  t.is(early.hint, undefined)
  t.regex(explain(job('accepted', { since: ago(60) }), {}, now).hint ?? '', /dsc connector check/)
})

test('a queued job waits for a slot, and how many hold one', (t) => {
  const full = explain(job('queued'), { terms, ahead: [job('running')] }, now)
  t.regex(full.details.join(' '), /1 slot \(limits\.concurrentJobs\); 1 other job of it is under way/)
  t.regex(full.hint ?? '', /concurrentJobs/)
  const free = explain(job('queued'), { terms, ahead: [] }, now)
  t.is(free.hint, undefined)
  t.regex(free.details.join(' '), /DSC_CONSUMER_RUNNING_JOBS/)
  t.false(full.details.join(' ').includes('DSC_CONSUMER_RUNNING_JOBS'))
})

test('a job between two attempts says what the first failed of', (t) => {
  const between = job('queued', { attempt: 2, attempts: [{ ...attempt, failure, objectsRemoved: false }] })
  const explanation = explain(between, { terms: { ...terms, retries: 1 } }, now)
  t.is(explanation.headline, 'Attempt 1 failed (evicted); attempt 2 waits since 5 s.')
  t.is(explanation.failure, failure)
  t.regex(explanation.details.join(' '), /are being removed/)
})

test('jobs under way say until when', (t) => {
  const starting = explain(job('starting', { attempts: [{ ...attempt, workerStartedAt: null }] }), { terms }, now)
  t.is(starting.headline, 'Attempt 1 is being started for 1 min.')
  t.regex(starting.next.join(' '), /limits\.startTimeout \(10m/)
  const running = explain(job('running', { attempts: [attempt] }), { terms }, now)
  t.is(running.headline, 'The worker runs for 50 s.')
  t.regex(running.next.join(' '), /1h \(limits\.timeout\), that is until 2026-11-21T12:59:10\.000Z \(in 59 min 10 s\)/)
  t.regex(explain(job('storing', { attempts: [attempt] }), { terms }, now).headline, /being uploaded for 5 s/)
})

const trouble = {
  cause: 'image-pull',
  title: 'The worker’s image could not be pulled',
  message: 'ErrImagePull: not found',
  hint: 'Check the image’s name.',
  final: false,
}

test('a starting job says what keeps it from starting, as its backend sees it, and until when it is waited for', (t) => {
  const waiting = { since: ago(60), trouble }
  const starting = job('starting', {
    attempts: [{ ...attempt, workerStartedAt: null }],
    observed: { at: ago(0), phase: 'preparing', waiting },
  })
  const explanation = explain(starting, { terms }, now)
  t.is(explanation.headline, 'Attempt 1 cannot start yet: the worker’s image could not be pulled (image-pull).')
  t.deepEqual(explanation.details, ['It waits for 1 min. The backend says:', 'ErrImagePull: not found'])
  t.is(explanation.hint, 'Check the image’s name.')
  t.regex(explanation.next.join(' '), /limits\.startTimeout \(10m\): 2026-11-21T12:09:00\.000Z/)

  const final = {
    ...starting,
    observed: { at: ago(0), phase: 'preparing', waiting: { ...waiting, trouble: { ...trouble, final: true } } },
  }
  t.regex(explain(final, { terms }, now).next.join(' '), /fails in a moment/)
  const storing = { ...starting, state: 'storing' as const }
  t.regex(explain(storing, { terms }, now).headline, /upload cannot start yet: .*\(image-pull\)/)
})

test('where the backend could not be asked, or has nothing yet, that is said', (t) => {
  const attempts = [{ ...attempt, workerStartedAt: null }]
  const unseen = job('starting', { attempts, notObserved: 'The backend was asked: it did not answer within 3 s' })
  t.regex(explain(unseen, { terms }, now).details.join(' '), /cannot be seen right now.*did not answer within 3 s/)
  const absent = job('starting', { attempts, observed: { at: ago(0), phase: 'absent' } })
  t.regex(explain(absent, { terms }, now).details.join(' '), /has nothing of it yet/)
})

test('a failed job: whether it was tried again, and what comes', (t) => {
  const failed = job('failed', { attempts: [{ ...attempt, failure }], failure })
  const once = explain(failed, { terms }, now)
  t.is(once.headline, 'The job failed: the cluster evicted the job (evicted).')
  t.regex(once.details.join(' '), /limits\.retries is 0; another attempt might end well/)
  t.regex(once.next.join(' '), /The transfer is ended at the connector provider/)
  t.is(once.hint, 'Raise it.')
  const twice = job('failed', {
    attempt: 2,
    attempts: [
      { ...attempt, failure },
      { ...attempt, number: 2, failure },
    ],
    failure,
  })
  t.deepEqual(explain(twice, { terms: { ...terms, retries: 1 } }, now).details, [
    'Attempt 1 failed before: The volume was full. (evicted)',
    'It was tried 2 times; limits.retries is 1.',
  ])
  const hopeless = { ...failure, cause: 'missing-output' }
  t.regex(
    explain(job('failed', { attempts: [attempt], failure: hopeless }), { terms }, now).details.join(' '),
    /the same job would fail in the same way/,
  )
  t.deepEqual(explain(job('failed', { failure }), {}, now).details, ['Nothing was started for it.'])
  t.regex(
    explain(failed, { terms: { ...terms, onFailure: 'report' } }, now).next.join(' '),
    /an address that serves the failure/,
  )
})

test('what is left on the backend is said', (t) => {
  const failed = job('failed', { attempts: [{ ...attempt, failure, objectsRemoved: false }], failure })
  t.regex(explain(failed, { terms }, now).next.join(' '), /until then it keeps its slot/)
})

test('jobs that ended otherwise', (t) => {
  const cancelled = explain(job('cancelled', { cancelled: { by: 'consumer', reason: 'seen enough' } }), {}, now)
  t.is(cancelled.headline, 'The job was cancelled by the consumer.')
  t.deepEqual(cancelled.details, ['Reason given: seen enough'])
  const result = { attempt: 1, files: [], totalBytes: 0, registeredAt: ago(5), expiresAt: null, removedAt: null }
  t.regex(
    explain(job('succeeded', { result }), {}, now).next.join(' '),
    /may read the result while its transfer is open/,
  )
  t.regex(
    explain(job('succeeded', { result: { ...result, expiresAt: ago(-60) } }), {}, now).next.join(' '),
    /is removed .*in 1 min/,
  )
  t.regex(
    explain(job('succeeded', { result: { ...result, removedAt: ago(60) } }), {}, now).next.join(' '),
    /was removed/,
  )
})
