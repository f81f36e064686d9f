import { readFileSync } from 'node:fs'
import test from 'ava'
import type { Cause } from '../../core/job/causes.ts'
import type { Container } from '../../core/ports/backend.ts'
import { observeDeletedPod } from './deleted-pod.ts'
import { type Pod, readPod } from './objects.ts'
import { observePod } from './pod.ts'

/** A pod as the testbed's cluster told it (see test/kubernetes/record-pod.ts). */
function recorded(name: string): Pod {
  return readPod(JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8')))
}

const failures: readonly (readonly [string, Container, Cause, RegExp])[] = [
  ['exit-3', 'worker', 'exit-code', /exit code 3/],
  ['out-of-memory', 'worker', 'out-of-memory', /exit code 137/],
  ['out-of-memory-child', 'worker', 'out-of-memory', /exit code 0/],
  ['stopped', 'worker', 'deadline', /DeadlineExceeded/],
  ['evicted', 'worker', 'evicted', /EmptyDir volume "tmp" exceeds the limit "1Mi"/],
  ['no-such-command', 'worker', 'invalid-image', /\/no\/such\/program/],
  ['missing-output', 'upload', 'missing-output', /out\.txt/],
  ['input-failed', 'fetch', 'input-failed', /text\.txt/],
]
for (const [name, container, cause, message] of failures)
  test(`recorded failure: ${name}`, (t) => {
    const step = observePod(recorded(name))
    if (step.phase !== 'failed') return t.fail(JSON.stringify(step))
    t.is(step.container, container)
    t.is(step.failure.cause, cause)
    t.regex(step.failure.message, message)
    const end = recorded(name).status.initContainerStatuses[1]?.state?.terminated?.finishedAt
    t.is(step.workerEndedAt, end, 'usage is counted to the worker’s own end')
  })

const waits: readonly (readonly [string, Cause, boolean])[] = [
  ['image-pull', 'image-pull', false],
  ['invalid-image-name', 'invalid-image', true],
  ['secret-missing', 'secret-missing', false],
  ['unschedulable', 'unschedulable', false],
]
for (const [name, cause, final] of waits)
  test(`recorded trouble: ${name}`, (t) => {
    const seen = recorded(name)
    const step = observePod(seen)
    if (step.phase !== 'preparing') return t.fail(JSON.stringify(step))
    t.is(step.waiting?.trouble?.cause, cause)
    t.is(step.waiting?.trouble?.final, final)
    t.not(step.waiting?.trouble?.message, '')
    // Counted anew for each container: from the end of `fetch` where that has ended.
    const fetchEnd = seen.status.initContainerStatuses[0]?.state?.terminated?.finishedAt
    t.is(step.waiting?.since, fetchEnd ?? seen.metadata.creationTimestamp)
  })

test('recorded course: running, stored', (t) => {
  t.deepEqual(observePod(recorded('running')), {
    phase: 'running',
    workerStartedAt: recorded('running').status.initContainerStatuses[1]?.state?.running?.startedAt ?? 0,
  })
  const worker = recorded('stored').status.initContainerStatuses[1]?.state?.terminated
  t.deepEqual(observePod(recorded('stored')), {
    phase: 'stored',
    workerStartedAt: worker?.startedAt ?? 0,
    workerEndedAt: worker?.finishedAt ?? 0,
  })
})

/** A pod, container by container; one that is not named has not started. */
function pod(states: Partial<Record<Container, object>>, status: object = {}, metadata: object = {}): Pod {
  const of = (name: Container) => ({
    name,
    image: `image-of-${name}`,
    state: states[name] ?? waiting('PodInitializing'),
  })
  return readPod({
    metadata: { name: 'a-pod', uid: '1', creationTimestamp: '2026-11-21T10:00:00Z', ...metadata },
    spec: {},
    status: {
      phase: 'Pending',
      initContainerStatuses: [of('fetch'), of('worker')],
      containerStatuses: [of('upload')],
      ...status,
    },
  })
}
const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString()
const ms = (second: number) => Date.UTC(2026, 10, 21, 10, 0, second)
const waiting = (reason: string, message = '') => ({ waiting: { reason, message } })
const running = (second: number) => ({ running: { startedAt: at(second) } })
const ended = (from: number, to: number, exitCode = 0, more: object = {}) => ({
  terminated: {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: at(from),
    finishedAt: at(to),
    ...more,
  },
})

/** A pod that nobody has touched yet. */
const bare = { spec: {}, metadata: { name: 'a-pod', uid: '1', creationTimestamp: at(0) }, status: {} }

test('every step of the way', (t) => {
  t.deepEqual(observePod(readPod(bare)), {
    phase: 'preparing',
    waiting: { since: ms(0) },
  })
  t.deepEqual(observePod(pod({})), { phase: 'preparing', waiting: { since: ms(0) } })
  t.deepEqual(observePod(pod({ fetch: running(1) })), { phase: 'preparing', fetchStartedAt: ms(1) })
  t.deepEqual(observePod(pod({ fetch: ended(1, 3) })), {
    phase: 'preparing',
    fetchStartedAt: ms(1),
    waiting: { since: ms(3) },
  })
  t.deepEqual(observePod(pod({ fetch: ended(1, 3), worker: running(4) })), { phase: 'running', workerStartedAt: ms(4) })
  const worked = { workerStartedAt: ms(4), workerEndedAt: ms(9) }
  t.deepEqual(observePod(pod({ fetch: ended(1, 3), worker: ended(4, 9) })), {
    phase: 'storing',
    ...worked,
    waiting: { since: ms(9) },
  })
  t.deepEqual(observePod(pod({ fetch: ended(1, 3), worker: ended(4, 9), upload: running(10) })), {
    phase: 'storing',
    ...worked,
  })
  t.deepEqual(observePod(pod({ fetch: ended(1, 3), worker: ended(4, 9), upload: ended(10, 11) })), {
    phase: 'stored',
    ...worked,
  })
})

/** What fails and why, in the order in which causes are looked for: each case has a later cause as well, which must not win. */
const order: readonly (readonly [string, Pod, Cause, Container])[] = [
  [
    'the pod’s reason before a container’s end',
    pod({ fetch: ended(1, 2), worker: ended(3, 9, 137) }, { phase: 'Failed', reason: 'DeadlineExceeded' }),
    'deadline',
    'worker',
  ],
  [
    'the pod’s reason before a disruption',
    pod(
      { fetch: ended(1, 2), worker: ended(3, 9, 143) },
      {
        phase: 'Failed',
        reason: 'Evicted',
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }],
      },
    ),
    'evicted',
    'worker',
  ],
  [
    'a disruption before a container’s end',
    pod(
      { fetch: ended(1, 2), worker: ended(3, 9, 137, { reason: 'OOMKilled' }) },
      { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }] },
    ),
    'node-lost',
    'worker',
  ],
  ['fetch before worker', pod({ fetch: ended(1, 2, 1), worker: ended(3, 9, 3) }), 'input-failed', 'fetch'],
  [
    'worker before upload',
    pod({ fetch: ended(1, 2), worker: ended(3, 9, 3), upload: ended(10, 11, 1) }),
    'exit-code',
    'worker',
  ],
  [
    'out of memory before the exit code',
    pod({ fetch: ended(1, 2), worker: ended(3, 9, 1, { reason: 'OOMKilled' }) }),
    'out-of-memory',
    'worker',
  ],
  [
    'an out-of-memory sidecar is not an out-of-memory worker',
    pod({ fetch: ended(1, 2), worker: ended(3, 9), upload: ended(10, 11, 137, { reason: 'OOMKilled' }) }),
    'out-of-memory',
    'upload',
  ],
  [
    'a sidecar that was killed without a report',
    pod({ fetch: ended(1, 2), worker: ended(3, 9), upload: ended(10, 11, 137) }),
    'upload-failed',
    'upload',
  ],
  [
    'a node that refuses the pod',
    pod({}, { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough resource' }),
    'unschedulable',
    'fetch',
  ],
  ['no reason at all', pod({ fetch: ended(1, 2) }, { phase: 'Failed' }), 'backend-error', 'fetch'],
]
for (const [title, failed, cause, container] of order)
  test(`order of causes: ${title}`, (t) => {
    const step = observePod(failed)
    t.is(step.phase === 'failed' && step.failure.cause, cause, JSON.stringify(step))
    t.is(step.phase === 'failed' && step.container, container)
  })

test('what hangs is no failure: neither a waiting reason nor a missing node', (t) => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' }]
  t.is(observePod(pod({}, { conditions })).phase, 'preparing')
  for (const reason of [
    'ErrImagePull',
    'ImagePullBackOff',
    'ErrImageNeverPull',
    'InvalidImageName',
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
  ]) {
    const step = observePod(pod({ fetch: ended(1, 2), worker: waiting(reason, 'because') }))
    if (step.phase !== 'preparing') return t.fail(reason)
    t.is(step.waiting?.trouble?.message, `${reason}: because`)
    t.is(step.waiting?.trouble?.final, reason === 'InvalidImageName')
  }
})

test('trouble with the sidecar’s image does not send the provider to the worker’s', (t) => {
  const step = observePod(pod({ fetch: waiting('ErrImagePull', 'not found') }))
  const trouble = step.phase === 'preparing' ? step.waiting?.trouble : undefined
  t.is(trouble?.cause, 'backend-error')
  t.regex(trouble?.message ?? '', /image-of-fetch \(DSC_SIDECAR_IMAGE\)/)
})

test('a stopped worker has failed only when it has ended: its last words belong to its log', (t) => {
  const reason = { phase: 'Failed', reason: 'DeadlineExceeded' }
  t.is(observePod(pod({ fetch: ended(1, 2), worker: running(3) }, reason)).phase, 'running')
  t.is(observePod(pod({ fetch: ended(1, 2), worker: ended(3, 9, 143) }, reason)).phase, 'failed')
})

test('a stored result counts whatever happens to the pod afterwards', (t) => {
  const done = { fetch: ended(1, 2), worker: ended(3, 9), upload: ended(10, 11) }
  t.is(observePod(pod(done, { phase: 'Failed', reason: 'Evicted' })).phase, 'stored')
  const deletion = { deletionTimestamp: at(20), deletionGracePeriodSeconds: 5 }
  t.is(observeDeletedPod(pod(done, {}, deletion)).phase, 'stored')
})

test('how the containers of a deleted pod end is not their fault, unless they ended before', (t) => {
  const deletion = { deletionTimestamp: at(20), deletionGracePeriodSeconds: 5 } // asked for at second 15
  const cause = (worker: object, status: object = {}) => {
    const step = observeDeletedPod(pod({ fetch: ended(1, 2), worker }, status, deletion))
    return step.phase === 'failed' ? step.failure.cause : step.phase
  }
  t.is(cause(running(3)), 'node-lost')
  t.is(cause(ended(3, 16, 143)), 'node-lost')
  t.is(cause(ended(3, 14, 3)), 'exit-code')
  t.is(cause(ended(3, 14, 137, { reason: 'OOMKilled' })), 'out-of-memory')
  const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'drained' }]
  t.is(cause(ended(3, 16, 143), { conditions }), 'evicted')
  t.is(cause(running(3), { conditions }), 'evicted')
})

test('a pod that is none is an error, not a wrong state', (t) => {
  t.throws(() => readPod({ metadata: { name: 'x' } }), { message: /pod that cannot be read: .*uid/ })
  t.throws(() => readPod({ metadata: { name: 'x', uid: 'y', creationTimestamp: 'yesterday' }, spec: {}, status: {} }), {
    message: /creationTimestamp/,
  })
  t.throws(() => readPod(null))
})
