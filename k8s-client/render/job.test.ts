import test from 'ava'
import fc from 'fast-check'
import { renderConfigMap } from './config-map.ts'
import { renderJob } from './job.ts'
import { literal } from './literal.ts'
import { sidecarTask } from '../../core/job/sidecar-task.ts'
import { renderSecret } from './secret.ts'
import { fullPlan } from '../../test/kubernetes/full-plan.ts'

const options = { namespace: 'jobs', sidecarImage: 'registry.example/sidecar:1' }
const plan = fullPlan()

function podOf(job: ReturnType<typeof renderJob>) {
  const pod = job.spec?.template.spec
  if (pod === undefined) throw new Error('the Job has no pod')
  return pod
}
const pod = podOf(renderJob(plan, options))
const all = [...(pod.initContainers ?? []), ...pod.containers]
const [fetch, worker, upload] = all

test('one pod, one try, suspended at first, and a cause that outlives the pod', (t) => {
  const { spec, metadata } = renderJob(plan, options)
  t.is(metadata?.name, 'dsc-3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c-2')
  t.is(metadata?.namespace, 'jobs')
  const { template: _, podFailurePolicy, ...rest } = spec ?? {}
  t.deepEqual(rest as unknown, {
    suspend: true,
    parallelism: 1,
    completions: 1,
    backoffLimit: 0,
    podReplacementPolicy: 'Failed',
    ttlSecondsAfterFinished: 86_400,
  })
  t.deepEqual(
    podFailurePolicy?.rules.map((rule) => rule.onExitCodes?.containerName ?? rule.onPodConditions?.[0]?.type),
    ['DisruptionTarget', 'fetch', 'worker', 'upload'],
  )
  t.true(podFailurePolicy?.rules.every(({ action }) => action === 'FailJob'))
  t.deepEqual([fetch?.name, worker?.name, upload?.name], ['fetch', 'worker', 'upload'])
  t.is(pod.containers.length, 1)
})

test('deadlines: none of the Job, a long one of the pod', (t) => {
  t.is(renderJob(plan, options).spec?.activeDeadlineSeconds, undefined)
  t.is(pod.activeDeadlineSeconds, 3 * 600 + 3600 + 6 * 3600)
  t.is(podOf(renderJob(plan, { ...options, uploadTimeoutMs: 1500 })).activeDeadlineSeconds, 3 * 600 + 3600 + 2)
  const endless = fullPlan({ limits: { ...plan.steps[0].limits, timeout: 86_400_000 * 999_999_999 } })
  t.is(podOf(renderJob(endless, options)).activeDeadlineSeconds, 2 ** 31 - 1)
})

test('the restricted Pod Security standard, and more', (t) => {
  t.false(pod.automountServiceAccountToken)
  t.false(pod.enableServiceLinks)
  t.is(pod.restartPolicy, 'Never')
  t.is(pod.terminationGracePeriodSeconds, 3)
  t.deepEqual(pod.securityContext as unknown, {
    runAsNonRoot: true,
    runAsUser: 1234,
    runAsGroup: 2345,
    fsGroup: 2345,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  for (const { name, securityContext, resources, volumeMounts } of all) {
    t.false(securityContext?.allowPrivilegeEscalation, name)
    t.true(securityContext?.readOnlyRootFilesystem, name)
    t.deepEqual(securityContext?.capabilities?.drop, ['ALL'], name)
    t.deepEqual(resources?.limits, resources?.requests, name)
    t.truthy(resources?.limits?.['ephemeral-storage'], name)
    t.true(
      volumeMounts?.every((mount) => mount.subPath === undefined && mount.subPathExpr === undefined),
      name,
    )
  }
  t.true(pod.volumes?.every(({ emptyDir, secret }) => emptyDir !== undefined || secret !== undefined))
})

test('who sees what: credentials beside the worker never, inputs and outputs as each needs', (t) => {
  const mounts = (container: typeof fetch) =>
    Object.fromEntries(
      (container?.volumeMounts ?? []).map(({ mountPath, readOnly }) => [mountPath, readOnly === true ? 'ro' : 'rw']),
    )
  t.deepEqual(mounts(fetch), { '/inputs': 'rw', '/var/run/dataspace-compute': 'ro' })
  t.deepEqual(mounts(worker), { '/inputs': 'ro', '/outputs': 'rw', '/tmp': 'rw', '/dev/shm': 'rw' })
  t.deepEqual(mounts(upload), { '/inputs': 'ro', '/outputs': 'ro', '/var/run/dataspace-compute': 'ro' })
  const secret = pod.volumes?.find(({ name }) => name === 'task')?.secret
  t.is(secret?.defaultMode, 0o400)
  t.is(secret?.secretName, 'dsc-3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c-2')
  const { resources } = plan.steps[0]
  const { sharedMemory: _, ...without } = resources
  const plain = podOf(renderJob(fullPlan({ resources: without }), options))
  t.false(JSON.stringify(plain).includes('/dev/shm'))
})

test('the worker’s environment: its ConfigMap, our three names, a home that can be written, secrets by reference', (t) => {
  t.deepEqual(worker?.envFrom as unknown, [{ configMapRef: { name: 'dsc-3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c-2' } }])
  t.deepEqual(worker?.env as unknown, [
    { name: 'INPUT_DIR', value: '/inputs' },
    { name: 'OUTPUT_DIR', value: '/outputs' },
    { name: 'JOB_ID', value: '3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c' },
    { name: 'HOME', value: '/tmp' },
    { name: 'MODEL_KEY', valueFrom: { secretKeyRef: { name: 'asset-count', key: 'MODEL_KEY' } } },
  ])
  for (const sidecar of [fetch, upload]) t.deepEqual([sidecar?.env, sidecar?.envFrom], [undefined, undefined])
  t.deepEqual(renderConfigMap(plan, options).data, { TOP: '$(HOME)', LANGUAGE: 'en' })
})

test('resources, devices, placement', (t) => {
  t.deepEqual(worker?.resources?.limits, {
    cpu: '2',
    memory: '1Gi',
    'ephemeral-storage': '3Gi',
    'nvidia.com/gpu': '2',
  })
  t.deepEqual(upload?.resources?.limits, { cpu: '500m', memory: '128Mi', 'ephemeral-storage': '3Gi' })
  t.deepEqual(pod.nodeSelector, { zone: 'a' })
  t.deepEqual(pod.tolerations as unknown, [{ key: 'gpu', operator: 'Exists' }])
  t.is(pod.priorityClassName, 'high')
  t.is(pod.runtimeClassName, 'gvisor')
  t.deepEqual(pod.imagePullSecrets as unknown, [{ name: 'registry-key' }])
  t.false('hostUsers' in pod)
  const placement = { nodeSelector: {}, tolerations: [], priorityClass: '', runtimeClass: '' }
  const plain = podOf(renderJob(fullPlan({ placement }), { ...options, hostUsers: false, runtimeClass: 'kata' }))
  t.deepEqual([plain.runtimeClassName, plain.hostUsers, plain.priorityClassName], ['kata', false, undefined])
})

test('labels find an attempt and do not name the consumer', (t) => {
  const rendered = [renderJob(plan, options), renderConfigMap(plan, options, { name: 'a', uid: 'u' })]
  for (const { metadata } of rendered) {
    t.is(metadata?.labels?.['dataspace-compute/job'], plan.ref.jobId)
    t.is(metadata?.labels?.['dataspace-compute/attempt'], '2')
    t.is(metadata?.labels?.['dataspace-compute/asset'], 'count')
    t.is(metadata?.labels?.['app.kubernetes.io/managed-by'], 'dataspace-compute')
    t.regex(metadata?.labels?.['dataspace-compute/consumer'] ?? '', /^[0-9a-f]{32}$/)
  }
  t.false(JSON.stringify(rendered).includes('consumer.example'))
  t.deepEqual(rendered[1]?.metadata?.ownerReferences as unknown, [
    { apiVersion: 'batch/v1', kind: 'Job', name: 'a', uid: 'u', controller: false, blockOwnerDeletion: false },
  ])
})

test('credentials stand in the Secret and nowhere else', (t) => {
  const store = {
    kind: 's3',
    endpoint: 'http://store:9000',
    region: 'r',
    bucket: 'b',
    accessKey: 'canary-access',
    secretKey: 'canary-secret',
  } as const
  const secret = renderSecret(plan, sidecarTask(plan, store, ['intranet:8080']), options)
  const task = JSON.parse(secret.stringData?.['task.json'] ?? '') as Record<string, unknown>
  t.deepEqual(task['store'], store)
  t.deepEqual(task['ref'], plan.ref)
  t.deepEqual(task['allowedHosts'], ['intranet:8080'])
  t.is(task['outputBytes'], 1000)
  t.false(JSON.stringify([renderJob(plan, options), renderConfigMap(plan, options)]).includes('canary'))
})

test('the sidecar’s command line', (t) => {
  const task = '/var/run/dataspace-compute/task.json'
  t.deepEqual(fetch?.args, ['fetch', '--task', task, '--directory', '/inputs'])
  t.deepEqual(upload?.args, ['upload', '--task', task, '--directory', '/outputs'])
  t.is(upload?.terminationMessagePolicy, 'File')
  t.is(upload?.imagePullPolicy, 'IfNotPresent')
})

/** What the kubelet makes of an argument: `Expand` of k8s.io/kubernetes/third_party/forked/golang/expansion. */
function expand(input: string, variables: Readonly<Record<string, string>>): string {
  let output = ''
  for (let at = 0; at < input.length; at += 1) {
    const next = input[at + 1]
    const close = input.indexOf(')', at)
    if (input[at] !== '$' || next === undefined) output += input[at]
    else if (next === '$') {
      output += '$'
      at += 1
    } else if (next === '(' && close !== -1) {
      const name = input.slice(at + 2, close)
      output += variables[name] ?? `$(${name})`
      at = close
    } else {
      output += `$${next}`
      at += 1
    }
  }
  return output
}

test('an argument reaches the worker letter for letter, whatever it looks like', (t) => {
  t.deepEqual(worker?.command, ['count', '$$(TOP)', '$$$$', '$$HOME'])
  const piece = fc.constantFrom('$', '(', ')', 'TOP', 'a', '$(TOP)', '$$', ' ', '\\')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const argument = pieces.join('')
      t.is(expand(literal(argument), { TOP: 'replaced' }), argument)
    }),
    { numRuns: 2000 },
  )
})

test('certificates of one’s own go to the sidecar alone', (t) => {
  const mounts = (options: Parameters<typeof renderJob>[1]) =>
    [...(podOf(renderJob(plan, options)).initContainers ?? []), ...podOf(renderJob(plan, options)).containers].map(
      ({ name, env = [], volumeMounts = [] }) => ({
        name,
        trusts: env.find((one) => one.name === 'NODE_EXTRA_CA_CERTS')?.value,
        mounted: volumeMounts.find((one) => one.name === 'certificates'),
      }),
    )
  t.true(mounts(options).every(({ trusts, mounted }) => trusts === undefined && mounted === undefined))
  t.false(JSON.stringify(renderJob(plan, options)).includes('certificates'))
  const given = { ...options, sidecarCaConfigMap: 'our-ca' }
  const [before, working, after] = mounts(given)
  t.deepEqual(working, { name: 'worker', trusts: undefined, mounted: undefined })
  for (const one of [before, after]) {
    t.like(one?.mounted, { mountPath: '/etc/dataspace-compute/ca', readOnly: true })
    t.is(one?.trusts, '/etc/dataspace-compute/ca/ca.crt')
  }
  const volume = podOf(renderJob(plan, given)).volumes?.find(({ name }) => name === 'certificates')
  t.deepEqual(volume?.configMap as unknown, { name: 'our-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] })
})
