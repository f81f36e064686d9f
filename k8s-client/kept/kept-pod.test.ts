import test from 'ava'
import type { V1Pod } from '@kubernetes/client-node'
import { fullPlan } from '../../test/kubernetes/full-plan.ts'
import { podMutations } from '../../test/kubernetes/pod-mutations.ts'
import { renderJob } from '../render/job.ts'
import { keptPodDifferences } from './kept-pod.ts'

const options = {
  namespace: 'jobs',
  sidecarImage: 'registry.example/sidecar:1',
  network: { storeEndpoint: 'https://minio.storage.svc:9000' },
}
const placement = { nodeSelector: {}, tolerations: [], priorityClass: '', runtimeClass: '' }
const job = renderJob(fullPlan({ placement }), options)

/** The pod that the Job controller makes and the API server takes. */
function made(): V1Pod {
  const { metadata, spec } = JSON.parse(JSON.stringify(job.spec?.template)) as V1Pod
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, generateName: 'dsc-', finalizers: ['batch.kubernetes.io/job-tracking'] },
    spec: {
      ...spec,
      containers: spec?.containers ?? [],
      nodeName: 'node-1',
      serviceAccount: 'default',
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 }],
    },
    status: { phase: 'Running' },
  }
}

function placesOf(change: (pod: V1Pod) => unknown): readonly string[] {
  const pod = made()
  change(pod)
  return keptPodDifferences(job, pod).map(({ path }) => path)
}

const label =
  (value: string) =>
  ({ metadata }: V1Pod) =>
    Object.assign(metadata?.labels ?? {}, { 'dataspace-compute/network': value })

test('what a pod gets where it is made, and what we do to it, is no difference', (t) => {
  t.deepEqual(
    placesOf(() => undefined),
    [],
  )
  t.deepEqual(
    placesOf(({ spec }) => Object.assign(spec ?? {}, { activeDeadlineSeconds: 1 })),
    [],
    'stopped',
  )
  t.deepEqual(placesOf(label('none')), [])
  t.deepEqual(placesOf(label('store')), [])
  t.deepEqual(
    placesOf(({ spec }) => Object.assign(spec ?? {}, { ephemeralContainers: [{ name: 'debugger' }] })),
    [],
  )
})

test('what a webhook for pods does is', (t) => {
  t.deepEqual(
    placesOf(({ spec }) => spec?.initContainers?.unshift({ name: 'istio-proxy', restartPolicy: 'Always' })),
    ['spec.initContainers[istio-proxy]'],
  )
  t.deepEqual(placesOf(label('inputs')), ['metadata.labels[dataspace-compute/network]'])
  t.deepEqual(
    placesOf(({ spec }) => Object.assign(spec ?? {}, { activeDeadlineSeconds: 999_999 })),
    ['spec.activeDeadlineSeconds'],
  )
  for (const [name, change] of Object.entries(podMutations)) {
    const places = placesOf(({ spec }) => {
      const worker = spec?.initContainers?.find((one) => one.name === 'worker')
      if (spec && worker) change(spec, worker)
    })
    t.true(places.length > 0, name)
  }
})
