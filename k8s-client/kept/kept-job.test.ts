import test from 'ava'
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node'
import { fullPlan } from '../../test/kubernetes/full-plan.ts'
import { podMutations } from '../../test/kubernetes/pod-mutations.ts'
import { renderJob } from '../render/job.ts'
import { altered } from './altered.ts'
import { keptJobDifferences, releasedJobDifferences } from './kept-job.ts'

const options = {
  namespace: 'jobs',
  sidecarImage: 'registry.example/sidecar:1',
  network: { storeEndpoint: 'https://minio.storage.svc:9000' },
  isolateWorkers: true,
  sidecarCaConfigMap: 'certificates',
}
const placement = { nodeSelector: { zone: 'a' }, tolerations: [], priorityClass: '', runtimeClass: '' }
const rendered = renderJob(fullPlan({ placement }), options)

/** The Job as an API server answers it that changes nothing: with its defaults, and amounts in its own writing. */
function kept(): V1Job {
  const job = JSON.parse(JSON.stringify(rendered)) as V1Job
  Object.assign(job.metadata ?? {}, { uid: 'u', generation: 1, managedFields: [{ manager: 'x' }] })
  Object.assign(job.spec ?? {}, { completionMode: 'NonIndexed', manualSelector: false, selector: { matchLabels: {} } })
  Object.assign(job.spec?.template.metadata ?? {}, { creationTimestamp: null })
  Object.assign(job.spec?.template.metadata?.labels ?? {}, { 'batch.kubernetes.io/controller-uid': 'u' })
  const pod = podOf(job)
  Object.assign(pod, { dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' })
  for (const name of ['tolerations', 'imagePullSecrets'] as const) if (pod[name]?.length === 0) delete pod[name]
  const { worker } = partsOf(job)
  Object.assign(worker, { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' })
  Object.assign(worker.resources ?? {}, { limits: { ...worker.resources?.limits, memory: '1024Mi', cpu: '2000m' } })
  for (const { configMap, downwardAPI } of pod.volumes ?? []) {
    if (configMap) configMap.defaultMode = 420
    if (downwardAPI) downwardAPI.defaultMode = 420
    for (const { fieldRef } of downwardAPI?.items ?? []) if (fieldRef) fieldRef.apiVersion = 'v1'
  }
  return { ...job, status: { active: 0 } }
}

function podOf(job: V1Job): V1PodSpec {
  const pod = job.spec?.template.spec
  if (pod === undefined) throw new Error('the Job has no pod')
  return pod
}

interface Parts {
  readonly job: V1Job
  readonly pod: V1PodSpec
  readonly worker: V1Container
  readonly upload: V1Container
}

function partsOf(job: V1Job): Parts {
  const pod = podOf(job)
  const worker = pod.initContainers?.find(({ name }) => name === 'worker')
  const [upload] = pod.containers
  if (worker === undefined || upload === undefined) throw new Error('a container is missing')
  return { job, pod, worker, upload }
}

/** Where a Job that was changed is found to differ. */
function placesOf(change: (parts: Parts) => unknown): readonly string[] {
  const job = kept()
  change(partsOf(job))
  return keptJobDifferences(rendered, job).map(({ path }) => path)
}

const templateLabels = ({ job }: Parts) => job.spec?.template.metadata?.labels ?? {}
const annotate = ({ job }: Parts, annotations: Record<string, string>) =>
  Object.assign(job.spec?.template.metadata ?? {}, { annotations })
const context = ({ securityContext }: V1PodSpec | V1Container, change: object) =>
  Object.assign(securityContext ?? {}, change)

test('what the API server fills in is no difference', (t) => {
  t.deepEqual(keptJobDifferences(rendered, kept()), [])
  t.deepEqual(
    placesOf(() => undefined),
    [],
  )
})

const harmless: Readonly<Record<string, (parts: Parts) => unknown>> = {
  'labels and annotations of others': (parts) => {
    Object.assign(parts.job.metadata?.labels ?? {}, { team: 'a' })
    Object.assign(parts.job.metadata?.annotations ?? {}, { 'policies.kyverno.io/last-applied': 'x' })
    Object.assign(templateLabels(parts), { 'example.org/cost-centre': '7' })
    annotate(parts, { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' })
  },
  'a finalizer': ({ job }) => Object.assign(job.metadata ?? {}, { finalizers: ['example.org/x'] }),
  'tolerations and nodes': ({ pod }) => {
    pod.tolerations = [{ key: 'jobs', operator: 'Exists' }]
    pod.nodeSelector = { ...pod.nodeSelector, pool: 'jobs' }
    pod.affinity = { nodeAffinity: {} }
    pod.topologySpreadConstraints = []
  },
  'priority and scheduler': ({ pod }) =>
    Object.assign(pod, { priorityClassName: 'low', priority: 1, preemptionPolicy: 'Never', schedulerName: 'volcano' }),
  'a key for a registry': ({ pod }) =>
    (pod.imagePullSecrets = [{ name: 'mirror' }, ...(pod.imagePullSecrets ?? []), { name: 'other' }]),
  'a registry that is asked each time': ({ worker }) => (worker.imagePullPolicy = 'Always'),
  'what is said already': ({ pod, worker }) => {
    Object.assign(pod, { hostNetwork: false, hostPID: false, hostIPC: false, serviceAccountName: 'default' })
    context(worker, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, procMount: 'Default' })
  },
  'what is stricter': ({ pod, upload }) => {
    pod.hostUsers = false
    context(pod, { supplementalGroupsPolicy: 'Strict', appArmorProfile: { type: 'RuntimeDefault' } })
    upload.securityContext?.capabilities?.drop?.push('NET_RAW')
  },
}
for (const [name, change] of Object.entries(harmless))
  test(`may be added: ${name}`, (t) => void t.deepEqual(placesOf(change), []))

const template = 'spec.template.spec'
const worker = `${template}.initContainers[worker]`
const istio = { name: 'istio-proxy', image: 'istio/proxyv2:1' }

/** What a webhook could do, and where it is seen. */
const harmful: Readonly<Record<string, readonly [change: (parts: Parts) => unknown, ...places: string[]]>> = {
  'another image': [(parts) => (parts.worker.image = 'mirror.example/count:1'), `${worker}.image`],
  'another command': [(parts) => parts.worker.command?.push('x'), `${worker}.command[x]`],
  'arguments where there were none': [(parts) => (parts.worker.args = ['x']), `${worker}.args`],
  'a folder to start in': [(parts) => (parts.worker.workingDir = '/'), `${worker}.workingDir`],
  'a container beside the upload': [({ pod }) => pod.containers.push(istio), `${template}.containers[istio-proxy]`],
  'a container before the worker': [
    ({ pod }) => pod.initContainers?.unshift({ ...istio, restartPolicy: 'Always' }),
    `${template}.initContainers[istio-proxy]`,
  ],
  'the gate gone': [
    ({ pod }) => (pod.initContainers = pod.initContainers?.filter(({ name }) => name !== 'gate') ?? []),
    `${template}.initContainers[gate]`,
  ],
  'another order': [
    ({ pod }) => (pod.initContainers = pod.initContainers?.toReversed() ?? []),
    `${template}.initContainers`,
  ],
  'a proxy in the environment': [
    ({ upload }) => (upload.env = [...(upload.env ?? []), { name: 'HTTPS_PROXY', value: 'http://user:secret@x' }]),
    `${template}.containers[upload].env[HTTPS_PROXY]`,
  ],
  'a variable twice': [
    (parts) => parts.worker.env?.push({ name: 'OUTPUT_DIR', value: '/inputs' }),
    `${worker}.env[OUTPUT_DIR]`,
  ],
  'another value': [
    (parts) => parts.worker.env?.forEach((one) => one.name === 'HOME' && (one.value = '/inputs')),
    `${worker}.env[HOME].value`,
  ],
  'another Secret behind a variable': [
    (parts) =>
      parts.worker.env?.forEach(({ valueFrom }) => valueFrom?.secretKeyRef && (valueFrom.secretKeyRef.name = 'x')),
    `${worker}.env[MODEL_KEY].valueFrom.secretKeyRef.name`,
  ],
  'a limit raised': [
    (parts) => Object.assign(parts.worker.resources?.limits ?? {}, { memory: '2Gi' }),
    `${worker}.resources.limits.memory`,
  ],
  'a device': [
    (parts) => Object.assign(parts.worker.resources?.limits ?? {}, { 'example.org/fpga': '1' }),
    `${worker}.resources.limits[example.org/fpga]`,
  ],
  'a claim to a device': [
    (parts) => Object.assign(parts.worker.resources ?? {}, { claims: [{ name: 'x' }] }),
    `${worker}.resources.claims`,
  ],
  'another runtime': [({ pod }) => (pod.runtimeClassName = 'fast'), `${template}.runtimeClassName`],
  'names of hosts': [
    ({ pod }) => (pod.hostAliases = [{ ip: '192.0.2.1', hostnames: ['minio'] }]),
    `${template}.hostAliases`,
  ],
  'another name server': [
    ({ pod }) => Object.assign(pod, { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }),
    `${template}.dnsPolicy`,
    `${template}.dnsConfig`,
  ],
  'a profile of SELinux': [
    ({ pod }) => context(pod, { seLinuxOptions: { type: 'spc_t' } }),
    `${template}.securityContext.seLinuxOptions`,
  ],
  'a longer life': [({ pod }) => (pod.activeDeadlineSeconds = 999_999_999), `${template}.activeDeadlineSeconds`],
  'a field that nobody knows': [
    ({ pod }) => Object.assign(pod, { hostEverything: true }),
    `${template}.hostEverything`,
  ],
  'the node of the asset exchanged': [({ pod }) => (pod.nodeSelector = { zone: 'b' }), `${template}.nodeSelector.zone`],
  'the label that policies go by': [
    (parts) => Object.assign(templateLabels(parts), { 'dataspace-compute/network': 'inputs' }),
    'spec.template.metadata.labels[dataspace-compute/network]',
  ],
  'the label for isolation gone': [
    (parts) => delete templateLabels(parts)['dataspace-compute/worker-network'],
    'spec.template.metadata.labels[dataspace-compute/worker-network]',
  ],
  'a label of ours more': [
    (parts) => Object.assign(templateLabels(parts), { 'dataspace-compute/other': 'x' }),
    'spec.template.metadata.labels[dataspace-compute/other]',
  ],
  'a second network': [
    (parts) => annotate(parts, { 'k8s.v1.cni.cncf.io/networks': 'host' }),
    'spec.template.metadata.annotations[k8s.v1.cni.cncf.io/networks]',
  ],
  'AppArmor by an annotation': [
    (parts) => annotate(parts, { 'container.apparmor.security.beta.kubernetes.io/worker': 'unconfined' }),
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/worker]',
  ],
  'a plug-in of the runtime': [
    (parts) => annotate(parts, { 'devices.nri.io/container.worker': '- path: /dev/kmsg' }),
    'spec.template.metadata.annotations[devices.nri.io/container.worker]',
  ],
  'an identity exchanged': [
    ({ job }) => Object.assign(job.metadata?.labels ?? {}, { 'dataspace-compute/job': 'x' }),
    'metadata.labels[dataspace-compute/job]',
  ],
  'an owner': [
    ({ job }) =>
      Object.assign(job.metadata ?? {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'x' }] }),
    'metadata.ownerReferences',
  ],
  'let go already': [({ job }) => Object.assign(job.spec ?? {}, { suspend: false }), 'spec.suspend'],
  'a deadline of the Job': [
    ({ job }) => Object.assign(job.spec ?? {}, { activeDeadlineSeconds: 60 }),
    'spec.activeDeadlineSeconds',
  ],
  'more pods': [
    ({ job }) => Object.assign(job.spec ?? {}, { parallelism: 2, completions: 2, backoffLimit: 6 }),
    'spec.parallelism',
    'spec.completions',
    'spec.backoffLimit',
  ],
  'another controller': [({ job }) => Object.assign(job.spec ?? {}, { managedBy: 'example.org/x' }), 'spec.managedBy'],
  'pods of others adopted': [
    ({ job }) => Object.assign(job.spec ?? {}, { manualSelector: true }),
    'spec.manualSelector',
  ],
  'no policy of failures': [({ job }) => delete job.spec?.podFailurePolicy, 'spec.podFailurePolicy'],
}
for (const [name, [change, ...places]] of Object.entries(harmful))
  test(`is refused: ${name}`, (t) => void t.deepEqual(placesOf(change), places))

test('whatever could slip into a pod is seen in a Job as well', (t) => {
  for (const [name, change] of Object.entries(podMutations))
    t.true(placesOf(({ pod, worker: one }) => change(pod, one)).length > 0, name)
})

test('a released Job: as it was sent, whether it goes at once or not', (t) => {
  const job = kept()
  for (const suspend of [false, true, undefined]) {
    Object.assign(job.spec ?? {}, { suspend })
    t.deepEqual(releasedJobDifferences(rendered, job), [])
  }
  Object.assign(job.spec ?? {}, { parallelism: 2 })
  t.is(releasedJobDifferences(rendered, job)[0]?.path, 'spec.parallelism')
})

test('what is no Job at all', (t) => {
  for (const answer of [undefined, null, 'Job', [], {}]) t.not(keptJobDifferences(rendered, answer).length, 0)
})

test('the message: which fields, what was sent, what is there, what to do; no values of variables', (t) => {
  const job = kept()
  const { worker: one, upload } = partsOf(job)
  harmful['a proxy in the environment']?.[0](partsOf(job))
  context(one, { readOnlyRootFilesystem: false })
  upload.image = 'mirror.example/sidecar:1'
  delete upload.securityContext
  const { cause, message } = altered('Job', keptJobDifferences(rendered, job), 'jobs')
  t.is(cause, 'altered')
  t.is(
    message,
    'The cluster changed the Job, so it does not run: ' +
      'spec.template.spec.initContainers[worker].securityContext.readOnlyRootFilesystem was sent as true and is false; ' +
      'spec.template.spec.containers[upload].image was sent as "registry.example/sidecar:1" and is "mirror.example/sidecar:1"; ' +
      'spec.template.spec.containers[upload].env[HTTPS_PROXY] was added; ' +
      'spec.template.spec.containers[upload].securityContext was removed. ' +
      'A mutating webhook or policy of the cluster does this: exclude the namespace jobs from it ' +
      '(by a namespaceSelector, or by the label that it heeds, such as istio-injection=disabled).',
  )
  const many = Array.from({ length: 9 }, (_, index) => ({ path: `a${index}`, sent: 'x'.repeat(200), there: 1 }))
  t.regex(altered('Job', many, 'jobs').message, /a4 was sent as "x{79}… and is 1; 4 more\./)
})

test('it takes no time that counts', (t) => {
  const job = kept()
  const before = process.cpuUsage()
  for (let round = 0; round < 200; round += 1) keptJobDifferences(rendered, job)
  const { user, system } = process.cpuUsage(before)
  const each = (user + system) / 200 / 1000
  t.log(`${each.toFixed(3)} ms each`)
  t.true(each < 10)
})
