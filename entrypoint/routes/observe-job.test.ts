import test from 'ava'
import type { Attempt, Job } from '../../core/job/job.ts'
import type { Observation } from '../../core/ports/backend.ts'
import { observeJob } from './observe-job.ts'

const now = (): number => Date.parse('2026-11-21T12:00:00Z')
const attempt: Attempt = { number: 2, startedAt: 0, launched: true, logsKept: false, removed: false }

function job(state: 'queued' | 'starting' | 'running' | 'storing', change: Partial<Attempt> = {}): Job {
  return {
    id: 'j-1',
    state,
    origin: { kind: 'transfer', transferId: 't-1', connectorId: 'provider' },
    assetId: 'sum',
    attempt: 2,
    attempts: [{ ...attempt, ...change }],
    createdAt: 0,
    since: 0,
    terms: { assetVersion: '1.0.0', agreementId: 'a', consumerId: 'c', parameters: {} },
  }
}

const trouble = { cause: 'image-pull', message: 'ErrImagePull: no such host', final: false } as const
const preparing: Observation = { presence: 'present', step: { phase: 'preparing', waiting: { since: 0, trouble } } }

test('the attempt under way is asked for, and what keeps it from starting is shown with what to do', async (t) => {
  const asked: unknown[] = []
  const observe = async (ref: unknown): Promise<Observation> => {
    asked.push(ref)
    return preparing
  }
  const { observed } = { observed: undefined, ...(await observeJob({ observe }, job('starting'), now)) }
  t.deepEqual(asked, [{ jobId: 'j-1', attempt: 2 }])
  t.like(observed, {
    at: '2026-11-21T12:00:00.000Z',
    phase: 'preparing',
    waiting: {
      since: '1970-01-01T00:00:00.000Z',
      trouble: { ...trouble, title: 'The worker’s image could not be pulled' },
    },
  })
  t.regex(observed?.waiting?.trouble?.hint ?? '', /pullSecrets/)
})

test('while its objects are being made, what is missing is no trouble', async (t) => {
  const found = await observeJob({ observe: async () => preparing }, job('starting', { launched: false }), now)
  t.deepEqual(found, {
    observed: {
      at: '2026-11-21T12:00:00.000Z',
      phase: 'preparing',
      waiting: { since: '1970-01-01T00:00:00.000Z' },
    },
  })
})

test('a job without an attempt under way is nothing to ask a backend about', async (t) => {
  const observe = (): Promise<Observation> => Promise.reject(new Error('asked'))
  t.deepEqual(await observeJob({ observe }, job('queued'), now), {})
})

test('a backend that fails, or does not answer, is said', async (t) => {
  const failing = (): Promise<Observation> => Promise.reject(new Error('connect ECONNREFUSED'))
  t.deepEqual(await observeJob({ observe: failing }, job('running'), now), {
    notObserved: 'The backend was asked: connect ECONNREFUSED',
  })
  const alive = setTimeout(() => undefined, 60_000) // as a listener keeps the service alive: time limits alone do not
  t.teardown(() => clearTimeout(alive))
  const silent = (): Promise<Observation> => new Promise(() => undefined)
  t.deepEqual(await observeJob({ observe: silent }, job('storing'), now), {
    notObserved: 'The backend was asked: it did not answer within 3 s',
  })
})
