import test from 'ava'
import type { Pod } from './observe/objects.ts'
import { readPod } from './observe/objects.ts'
import { networkLabel, workerNetworkLabel } from './render/network.ts'
import { observePod } from './observe/pod.ts'
import { wantedReach } from './steer-network.ts'

type State = 'waiting' | 'running' | 'done' | 'failed'
const at = '2026-01-01T00:00:00Z'

function state(is: State, message = ''): object {
  if (is === 'waiting') return { waiting: { reason: 'PodInitializing' } }
  if (is === 'running') return { running: { startedAt: at } }
  const exitCode = is === 'done' ? 0 : 1
  return {
    terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', message, startedAt: at, finishedAt: at },
  }
}

function pod(fetch: State, gate: State, worker: State, upload: State, isolated = true, gateSays = ''): Pod {
  const labels = { [networkLabel]: 'inputs', ...(isolated ? { [workerNetworkLabel]: 'none' } : {}) }
  const status = (name: string, is: State, message = '') => ({ name, state: state(is, message) })
  return readPod({
    metadata: { name: 'p', uid: 'u', labels, creationTimestamp: at },
    spec: {},
    status: {
      phase: 'Pending',
      initContainerStatuses: [status('fetch', fetch), status('gate', gate, gateSays), status('worker', worker)],
      containerStatuses: [status('upload', upload)],
    },
  })
}

test('the network is taken away after fetch and given back after the worker, whatever was missed in between', (t) => {
  t.is(wantedReach(pod('waiting', 'waiting', 'waiting', 'waiting')), undefined)
  t.is(wantedReach(pod('running', 'waiting', 'waiting', 'waiting')), undefined)
  t.is(wantedReach(pod('failed', 'waiting', 'waiting', 'waiting')), undefined)
  t.is(wantedReach(pod('done', 'waiting', 'waiting', 'waiting')), 'none')
  t.is(wantedReach(pod('done', 'running', 'waiting', 'waiting')), 'none')
  t.is(wantedReach(pod('done', 'done', 'running', 'waiting')), 'none')
  t.is(wantedReach(pod('done', 'done', 'done', 'waiting')), 'store')
  t.is(wantedReach(pod('done', 'done', 'failed', 'waiting')), 'store')
  t.is(wantedReach(pod('done', 'done', 'done', 'running')), 'store')
  for (const worker of ['waiting', 'running', 'done'] as const)
    t.is(wantedReach(pod('done', 'done', worker, 'waiting', false)), undefined, 'others are left alone')
})

test('a worker behind the gate waits, for a reason of its own', (t) => {
  const step = observePod(pod('done', 'running', 'waiting', 'waiting'))
  t.like(step, {
    phase: 'preparing',
    waiting: { since: Date.parse(at), trouble: { cause: 'not-isolated', final: false } },
  })
})

test('a gate that gave up is why the attempt failed', (t) => {
  const report = JSON.stringify({ cause: 'not-isolated', message: 'The pod still reached 10.96.0.1:443.' })
  t.like(observePod(pod('done', 'failed', 'waiting', 'waiting', true, report)), {
    phase: 'failed',
    container: 'fetch',
    failure: { cause: 'not-isolated', message: 'The pod still reached 10.96.0.1:443.' },
  })
  t.like(observePod(pod('done', 'failed', 'waiting', 'waiting')), {
    phase: 'failed',
    failure: { cause: 'not-isolated' },
  })
})
