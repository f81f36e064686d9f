import { readFileSync } from 'node:fs'
import test from 'ava'
import { observeJob } from './job.ts'
import { readJob } from './objects.ts'

const created = '2026-11-21T10:00:00Z'
const started = '2026-11-21T10:00:01Z'

function job(conditions: readonly object[], suspend = false) {
  return readJob({
    metadata: { name: 'a-job', uid: '1', creationTimestamp: created },
    spec: { suspend },
    status: { startTime: started, completionTime: '2026-11-21T10:00:09Z', conditions },
  })
}

function failed(reason: string, message: string) {
  const step = observeJob(job([{ type: 'Failed', status: 'True', reason, message }]))
  return step.phase === 'failed' ? [step.container, step.failure.cause, step.failure.exitCode] : step.phase
}

const recorded = (name: string) =>
  readJob(JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8')))

test('recorded: the worker failed, then its pod went', (t) => {
  const step = observeJob(recorded('job-failed-worker'))
  if (step.phase !== 'failed') return t.fail(JSON.stringify(step))
  t.is(step.failure.cause, 'exit-code')
  t.is(step.failure.exitCode, 3)
  t.is(step.container, 'worker')
})

test('recorded: somebody deleted the pod', (t) => {
  const step = observeJob(recorded('job-failed-pod-deleted'))
  t.is(step.phase === 'failed' && step.failure.cause, 'node-lost')
})

test('what the condition keeps of a pod that is gone', (t) => {
  const words = (container: string, code: number) =>
    `Container ${container} for pod jobs/a-pod failed with exit code ${code} matching FailJob rule at index 1`
  t.deepEqual(failed('PodFailurePolicy', words('fetch', 1)), ['fetch', 'input-failed', undefined])
  t.deepEqual(failed('PodFailurePolicy', words('worker', 7)), ['worker', 'exit-code', 7])
  t.deepEqual(failed('PodFailurePolicy', words('upload', 1)), ['upload', 'upload-failed', undefined])
  t.deepEqual(failed('PodFailurePolicy', words('worker', 137)), ['worker', 'node-lost', undefined])
  t.deepEqual(
    failed('PodFailurePolicy', 'Pod jobs/a-pod has condition DisruptionTarget matching FailJob rule at index 0'),
    ['worker', 'evicted', undefined],
  )
  t.deepEqual(failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit'), [
    'worker',
    'node-lost',
    undefined,
  ])
})

test('no pod yet, suspended by somebody, complete', (t) => {
  t.deepEqual(observeJob(job([])), { phase: 'preparing', waiting: { since: Date.parse(started) } })
  const suspended = observeJob(job([], true))
  t.is(suspended.phase === 'preparing' && suspended.waiting?.trouble?.cause, 'backend-error')
  t.deepEqual(observeJob(job([{ type: 'Complete', status: 'True' }])), {
    phase: 'stored',
    workerStartedAt: Date.parse(started),
    workerEndedAt: Date.parse('2026-11-21T10:00:09Z'),
  })
})
