import test from 'ava'
import { fullPlan } from '../../test/kubernetes/full-plan.ts'
import type { RenderOptions } from '../options.ts'
import { renderJob } from './job.ts'

const network = { storeEndpoint: 'https://minio.example' }
const options: RenderOptions = { namespace: 'jobs', sidecarImage: 'registry.example/sidecar:1', network }
const [step] = fullPlan().steps
const isolated = fullPlan({ worker: { ...step.worker, network: 'none' } })

function podOf(plan: typeof isolated, given: RenderOptions = options) {
  const template = renderJob(plan, given).spec?.template
  const { initContainers = [], containers = [], volumes = [] } = template?.spec ?? {}
  const all = [...initContainers, ...containers]
  return { labels: template?.metadata?.labels ?? {}, all, names: all.map(({ name }) => name), volumes }
}
const apiServer = '$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)'

test('a pod says what it needs: the object store, or public addresses for url inputs', (t) => {
  t.is(podOf(fullPlan()).labels['dataspace-compute/network'], 'store')
  const source = { kind: 'url', url: 'https://data.example/a' } as const
  const inputs = [{ name: 'a', kind: 'file', source, maximumBytes: 1 } as const]
  t.is(podOf(fullPlan({ inputs })).labels['dataspace-compute/network'], 'inputs')
})

test('where policies are expected to hold, fetch holds the worker back until they do', (t) => {
  const { all, names } = podOf(fullPlan())
  t.deepEqual(names, ['fetch', 'worker', 'upload'])
  const reached = ['--reached', 'minio.example:443']
  t.deepEqual(all[0]?.args?.slice(-6), [...reached, '--closed', apiServer, '--limit', '60'])
  const canary = podOf(fullPlan(), { ...options, network: { ...network, canary: 'canary.example:1', limitSeconds: 5 } })
  t.deepEqual(canary.all[0]?.args?.slice(-6), [...reached, '--closed', 'canary.example:1', '--limit', '5'])
  const without = podOf(fullPlan(), { ...options, network: undefined })
  t.deepEqual(
    without.all[0]?.args?.filter((one) => one === '--closed' || one === '--reached'),
    [],
  )
})

test('a worker without network stands behind a gate that has no credentials; the upload waits for its own', (t) => {
  const { all, names, labels, volumes } = podOf(isolated)
  t.deepEqual(names, ['fetch', 'gate', 'worker', 'upload'])
  t.is(labels['dataspace-compute/worker-network'], 'none')
  const [fetch, gate, worker, upload] = all
  // What the gate wants closed was reached before: nothing may be reached behind it.
  t.deepEqual(fetch?.args?.slice(-4), ['--reached', 'minio.example:443', '--limit', '60'])
  t.false(gate?.args?.includes('--reached'))
  t.deepEqual(gate?.args, [
    'gate',
    '--closed',
    apiServer,
    '--closed',
    'minio.example:443',
    '--labels',
    '/etc/podinfo/labels',
    '--label',
    'dataspace-compute/network=none',
    '--limit',
    '600',
  ])
  t.deepEqual(
    gate?.volumeMounts?.map(({ mountPath }) => mountPath),
    ['/etc/podinfo'],
  )
  t.false(worker?.volumeMounts?.some(({ mountPath }) => mountPath === '/etc/podinfo'))
  t.deepEqual(upload?.args?.slice(-2), ['--open', 'minio.example:443'])
  t.truthy(volumes.find(({ downwardAPI }) => downwardAPI !== undefined))
  const policy = renderJob(isolated, options).spec?.podFailurePolicy
  t.deepEqual(
    policy?.rules.flatMap(({ onExitCodes }) => onExitCodes?.containerName ?? []),
    ['fetch', 'gate', 'worker', 'upload'],
  )
  t.false(podOf(fullPlan()).volumes.some(({ downwardAPI }) => downwardAPI !== undefined))
})

test('settings take the network from every worker but those of trusted registries', (t) => {
  const all = { ...options, isolateWorkers: true }
  t.true(podOf(fullPlan(), all).names.includes('gate'))
  t.true(podOf(fullPlan(), { ...all, trustedRegistries: ['registry.example/other'] }).names.includes('gate'))
  const trusted = { ...all, trustedRegistries: ['registry.example'] }
  t.false(podOf(fullPlan(), trusted).names.includes('gate'))
  t.true(podOf(isolated, trusted).names.includes('gate'), 'what the asset asks for it gets all the same')
})
