import type { ExecutionContext } from 'ava'
import { attemptName } from '../../core/job/names.ts'
import { LaunchRefused } from '../../core/ports/backend.ts'
import type { KubernetesOptions } from '../../k8s-client/options.ts'
import { startStage } from '../failures/stage.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { type MutatingWebhook, startWebhook } from './mutating-webhook.ts'
import { ended, makeStage, removed, shellPlan, type Stage } from './support.ts'

const quick = 'echo done > $OUTPUT_DIR/out.txt'
const template = '/spec/template/spec'
/** The worker is the second of the containers before the upload. */
const rootCanBeWritten = {
  op: 'replace',
  path: `${template}/initContainers/1/securityContext/readOnlyRootFilesystem`,
  value: false,
} as const

/** A test on a stage of its own whose namespace a webhook looks after. */
function testWithWebhook(
  title: string,
  body: (t: ExecutionContext, stage: Stage, webhook: MutatingWebhook) => Promise<void>,
  changes: Partial<KubernetesOptions> = {},
): void {
  testOnTestbed(title, async (t, testbed) => {
    const stage = await makeStage(testbed, changes)
    const webhook = await startWebhook(t, testbed, stage.namespace)
    try {
      await body(t, stage, webhook)
    } finally {
      await webhook.close()
      await stage.close()
    }
  })
}

testWithWebhook('a Job that a webhook weakens gets no pod', async (t, stage, webhook) => {
  const plan = shellPlan(quick)
  webhook.does({ 'CREATE jobs': [rootCanBeWritten] })
  const error = await t.throwsAsync(stage.backend.launch(plan), { instanceOf: LaunchRefused })
  t.is(error?.failure.cause, 'altered')
  t.regex(
    error?.message ?? '',
    /initContainers\[worker\]\.securityContext\.readOnlyRootFilesystem was sent as true and is false\. .* exclude the namespace test-/,
  )
  await removed(stage.backend, plan.ref)
  t.false(webhook.calls.includes('CREATE pods'), 'nothing ran')
  t.deepEqual(await stage.backend.list(), [])
})

testWithWebhook(
  'where the operator only wants to be warned, it runs as the cluster has it, and the log says how',
  async (t, stage, webhook) => {
    const plan = shellPlan(quick)
    webhook.does({
      'CREATE jobs': [rootCanBeWritten],
      'CREATE pods': [{ op: 'add', path: '/spec/hostAliases', value: [{ ip: '192.0.2.1', hostnames: ['a'] }] }],
    })
    await stage.backend.launch(plan)
    t.like(await ended(stage.backend, plan.ref), { phase: 'stored' })
    t.true(stage.warnings.some((text) => text.startsWith('the cluster changed a Job ')))
    t.true(stage.warnings.some((text) => text.startsWith('the cluster changed a pod ')))
  },
  { clusterChanges: 'warn' },
)

testWithWebhook('a Job that is let go by a webhook, or loses its labels, goes again', async (t, stage, webhook) => {
  for (const path of ['/spec/suspend', '/metadata/labels/dataspace-compute~1job']) {
    const plan = shellPlan(quick)
    webhook.does({ 'CREATE jobs': [{ op: 'replace', path, value: path === '/spec/suspend' ? false : 'x' }] })
    const error = await t.throwsAsync(stage.backend.launch(plan), { instanceOf: LaunchRefused })
    t.is(error?.failure.cause, 'altered', error?.message)
    webhook.does({})
    await stage.kubectl('wait', '--for=delete', `job/${attemptName(plan.ref)}`, '--timeout=60s')
  }
})

testWithWebhook('a Job that is changed by its release goes again', async (t, stage, webhook) => {
  const plan = shellPlan(quick)
  const label = `/spec/template/metadata/labels/dataspace-compute~1network`
  webhook.does({ 'UPDATE jobs': [{ op: 'add', path: label, value: 'inputs' }] })
  const error = await t.throwsAsync(stage.backend.launch(plan), { instanceOf: LaunchRefused })
  t.is(error?.failure.cause, 'altered', error?.message)
  t.regex(error?.message ?? '', /labels\[dataspace-compute\/network\] was sent as "store" and is "inputs"/)
  webhook.does({})
  await removed(stage.backend, plan.ref)
})

testWithWebhook('what a webhook may add does not keep a job from running', async (t, stage, webhook) => {
  const plan = shellPlan(quick)
  webhook.does({
    'CREATE jobs': [
      { op: 'add', path: '/metadata/annotations/example.org~1seen', value: 'yes' },
      { op: 'add', path: '/spec/template/metadata/annotations', value: { 'example.org/seen': 'yes' } },
      { op: 'add', path: `${template}/tolerations`, value: [{ key: 'jobs', operator: 'Exists' }] },
      { op: 'add', path: `${template}/nodeSelector`, value: { 'kubernetes.io/os': 'linux' } },
    ],
    'CREATE pods': [{ op: 'add', path: '/metadata/labels/example.org~1team', value: 'a' }],
  })
  await stage.backend.launch(plan)
  t.is((await ended(stage.backend, plan.ref)).phase, 'stored')
  t.true(webhook.calls.includes('CREATE pods'))
  await removed(stage.backend, plan.ref)
  t.deepEqual(stage.warnings, [])
})

testWithWebhook('a pod that a webhook puts a container into is ended at the first look', async (t, stage, webhook) => {
  const plan = shellPlan('sleep 60')
  const mesh = {
    name: 'istio-proxy',
    image: 'localhost/busybox:1',
    command: ['sleep', '600'],
    restartPolicy: 'Always',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
  webhook.does({ 'CREATE pods': [{ op: 'add', path: '/spec/initContainers/0', value: mesh }] })
  await stage.backend.launch(plan)
  const found = await ended(stage.backend, plan.ref)
  t.is(found.phase === 'failed' ? found.failure.cause : found.phase, 'altered')
  t.regex(
    found.phase === 'failed' ? found.failure.message : '',
    /^The cluster changed the pod, so it is ended: spec\.initContainers\[istio-proxy\] was added\. .*istio-injection=disabled/,
  )
  await removed(stage.backend, plan.ref)
})

testOnTestbed('a Job that other settings left is made anew', async (t, testbed) => {
  const stage = await makeStage(testbed)
  try {
    const plan = shellPlan(quick)
    const away = await stage.another({
      sidecarResources: { cpu: '200m', memory: '128Mi' },
      objectStore: { access: () => Promise.reject(new Error('the store is away')) },
    })
    await t.throwsAsync(away.launch(plan), { message: 'the store is away' })
    const uid = () => stage.kubectl('get', 'job', attemptName(plan.ref), '-o', 'jsonpath={.metadata.uid}')
    const before = await uid()
    await stage.backend.launch(plan)
    t.not(await uid(), before)
    t.is(stage.warnings.length, 1, 'it is told')
    t.regex(stage.warnings[0] ?? '', /made anew.*resources\.limits\.cpu was sent as \\"250m\\" and is \\"200m\\"/)
    t.is((await ended(stage.backend, plan.ref)).phase, 'stored')
    await removed(stage.backend, plan.ref)
  } finally {
    await stage.close()
  }
})

testOnTestbed(
  'the whole service: the job fails with the cause, is not tried again, and nothing is left',
  async (t, testbed) => {
    const stage = await startStage(testbed)
    const webhook = await startWebhook(t, testbed, stage.cluster.namespace)
    try {
      await stage.offer('weakened', quick)
      const capabilities = { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } // `restricted` lets it pass
      const path = `${template}/initContainers/1/securityContext/capabilities`
      webhook.does({ 'CREATE jobs': [{ op: 'replace', path, value: capabilities }] })
      const course = await stage.begin('weakened')
      const job = await stage.reaches(course, ['failed'])
      const failure = job['failure'] as Record<string, string> | undefined
      t.is(failure?.['cause'], 'altered')
      t.regex(failure?.['message'] ?? '', /initContainers\[worker\]\.securityContext\.capabilities\.add was added/)
      t.regex(failure?.['hint'] ?? '', /Exclude the jobs’ namespace/)
      await stage.cluster.gone(course.jobId, 60_000)
      t.false(webhook.calls.includes('CREATE pods'), 'nothing ran')
      webhook.does({})
      await stage.reaches(await stage.begin('weakened'), ['succeeded'])
    } finally {
      await webhook.close()
      await stage.close()
    }
  },
)
