import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { loadTenants } from '../../config/tenants.ts'
import type { Plan } from '../../core/job/plan.ts'
import type { Backend } from '../../core/ports/backend.ts'
import { renderJob } from '../../k8s-client/render/job.ts'
import { ended, removed, shellPlan, stepWhere } from '../kubernetes/support.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { makeTenantStage, type TenantStage } from './tenant-stage.ts'

const quick = 'echo done > $OUTPUT_DIR/out.txt'

function planFor(consumerId: string, script = quick): Plan {
  return { ...shellPlan(script), consumerId }
}

async function runs(t: ExecutionContext, backend: Backend, plan: Plan): Promise<void> {
  await backend.launch(plan)
  const step = await ended(backend, plan.ref)
  t.is(step.phase, 'stored', JSON.stringify(step))
}

/** What a consumer's namespace holds, by kind and name; what Kubernetes itself puts there aside. */
async function held({ kubectl: inside }: TenantStage, consumerId: string): Promise<readonly string[]> {
  const kinds = 'networkpolicies,resourcequotas,limitranges,serviceaccounts,configmaps,secrets,jobs,pods'
  const names = (await inside(consumerId, 'get', kinds, '-o', 'name')).trim().split('\n')
  return names.filter((name) => name !== 'configmap/kube-root-ca.crt').toSorted()
}

const furnished = [
  'limitrange/consumer',
  'networkpolicy.networking.k8s.io/deny-all',
  'networkpolicy.networking.k8s.io/object-store',
  'networkpolicy.networking.k8s.io/url-inputs',
  'resourcequota/consumer',
  'serviceaccount/default',
]

testOnTestbed('each consumer gets a namespace, furnished before the first Job', async (t, testbed) => {
  const tenants = await makeTenantStage(testbed)
  t.teardown(() => tenants.close())
  const { backend } = tenants
  const [one, two] = [`did:web:one.example:${randomUUID()}`, `did:web:two.example:${randomUUID()}`]
  const plans = [planFor(one), planFor(two)] as const
  t.deepEqual(await backend.observe(plans[0].ref), { presence: 'absent' }, 'no namespace, no attempt')
  t.deepEqual(await backend.observe({ ...plans[0].ref, consumerId: one }), { presence: 'absent' })
  await backend.check()
  const told: string[] = []
  backend.watch((jobId) => told.push(jobId))
  await Promise.all(plans.map((plan) => runs(t, backend, plan)))
  t.not(tenants.namespaceOf(one), tenants.namespaceOf(two))
  for (const { ref } of plans) t.true(told.includes(ref.jobId), 'the watch tells of it')

  const namespace = JSON.parse(await kubectl(testbed, ['get', 'namespace', tenants.namespaceOf(one), '-o', 'json']))
  t.like(namespace.metadata.labels, {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/audit': 'restricted',
    'app.kubernetes.io/managed-by': 'dataspace-compute',
    'example.org/team': 'compute',
  })
  t.false(JSON.stringify(namespace).includes('one.example'), 'the consumer’s name is nowhere')
  t.is(
    await tenants.kubectl(one, 'get', 'serviceaccount', 'default', '-o', 'jsonpath={.automountServiceAccountToken}'),
    'false',
  )
  t.deepEqual((await backend.list()).map(({ jobId }) => jobId).toSorted(), plans.map(({ ref }) => ref.jobId).toSorted())

  // Another process finds what this one made, with and without the consumer's name.
  const other = await tenants.another()
  t.is((await other.observe(plans[0].ref)).presence, 'present')
  t.is((await other.observe({ ...plans[1].ref, consumerId: two })).presence, 'present')
  t.deepEqual(await other.observe({ jobId: plans[0].ref.jobId, attempt: 2 }), { presence: 'absent' })
  for (const { ref } of plans) await removed(other, ref)
  t.deepEqual(await held(tenants, one), furnished, 'the furniture stays')
  t.deepEqual(tenants.stage.warnings, [])
})

testOnTestbed('what somebody removes or changes is mended before the next Job', async (t, testbed) => {
  const tenants = await makeTenantStage(testbed)
  t.teardown(() => tenants.close())
  const consumer = `did:web:${randomUUID()}`
  const first = planFor(consumer)
  await runs(t, tenants.backend, first)
  await removed(tenants.backend, first.ref)
  const before = await held(tenants, consumer)
  t.deepEqual(before, furnished)
  for (const name of furnished) {
    await tenants.kubectl(consumer, 'delete', name)
    const again = await tenants.another()
    await again.launch(planFor(consumer, 'sleep 0.1'))
    t.true((await held(tenants, consumer)).includes(name), `${name} is back`)
  }
  const labels = (...parameters: string[]) =>
    kubectl(testbed, ['label', '--overwrite', 'namespace', tenants.namespaceOf(consumer), ...parameters])
  await labels('pod-security.kubernetes.io/enforce=privileged')
  const patch = JSON.stringify({ spec: { policyTypes: ['Ingress'] } })
  await tenants.kubectl(consumer, 'patch', 'networkpolicy', 'deny-all', '-p', patch)
  await (await tenants.another()).launch(planFor(consumer, 'sleep 0.1'))
  const enforced = await kubectl(testbed, [
    'get',
    'namespace',
    tenants.namespaceOf(consumer),
    '-o',
    'jsonpath={.metadata.labels}',
  ])
  t.regex(enforced, /"pod-security.kubernetes.io\/enforce":"restricted"/)
  t.is(
    await tenants.kubectl(consumer, 'get', 'networkpolicy', 'deny-all', '-o', 'jsonpath={.spec.policyTypes}'),
    '["Ingress","Egress"]',
  )
})

testOnTestbed('a namespace that an operator deletes takes its jobs along, and comes again', async (t, testbed) => {
  let now = Date.now()
  const tenants = await makeTenantStage(testbed)
  t.teardown(() => tenants.close())
  const backend = await tenants.another({ clock: { now: () => now } })
  const consumer = `did:web:${randomUUID()}`
  const plan = planFor(consumer, 'sleep 60')
  await backend.launch(plan)
  await stepWhere(backend, plan.ref, ({ phase }) => phase === 'running')
  await kubectl(testbed, ['delete', 'namespace', tenants.namespaceOf(consumer), '--wait=false'])
  await t.throwsAsync((await tenants.another()).launch(planFor(consumer)), undefined, 'nothing starts in it any more')
  await eventually(
    'the attempt to be gone',
    async () => {
      now += 20_000 // whatever was known of the namespace is out of date
      const seen = await backend.observe({ ...plan.ref, consumerId: consumer }).catch(String)
      return typeof seen === 'object' && seen.presence === 'absent' ? { done: true } : { pending: JSON.stringify(seen) }
    },
    { deadlineMs: 90_000, pauseMs: 250 },
  )
  // Its objects are gone before it is itself; until then the cluster takes nothing new in it.
  await kubectl(testbed, ['wait', '--for=delete', `namespace/${tenants.namespaceOf(consumer)}`, '--timeout=90s'])
  await runs(t, backend, planFor(consumer))
})

testOnTestbed('a consumer’s quota is its own', async (t, testbed) => {
  const tenants = await makeTenantStage(testbed, { quota: { 'count/jobs.batch': '1' } })
  t.teardown(() => tenants.close())
  const [greedy, other] = [`did:web:${randomUUID()}`, `did:web:${randomUUID()}`]
  await tenants.backend.launch(planFor(greedy, 'sleep 30'))
  await t.throwsAsync(tenants.backend.launch(planFor(greedy)), { message: /quota is full/ })
  await runs(t, tenants.backend, planFor(other))
})

testOnTestbed('Secrets and ConfigMaps of home are copied and follow it', async (t, testbed) => {
  const tenants = await makeTenantStage(testbed, {
    copies: { secrets: ['asset-tiny', 'missing'], configMaps: ['certificates'] },
  })
  t.teardown(() => tenants.close())
  const { stage, backend } = tenants
  await stage.kubectl('create', 'secret', 'generic', 'asset-tiny', '--from-literal=MODEL_KEY=first')
  await stage.kubectl('create', 'configmap', 'certificates', '--from-literal=ca.crt=none')
  const consumer = `did:web:${randomUUID()}`
  const plan: Plan = {
    ...shellPlan('echo "$MODEL_KEY" | tee $OUTPUT_DIR/out.txt', { worker: { secrets: ['MODEL_KEY'] } }),
    consumerId: consumer,
  }
  await runs(t, backend, plan)
  const log = await backend.log(plan.ref, 'worker', 1000)
  t.is(
    Buffer.from(log?.bytes ?? [])
      .toString()
      .trim(),
    'first',
  )
  await stage.kubectl('delete', 'secret', 'asset-tiny')
  await stage.kubectl('create', 'secret', 'generic', 'asset-tiny', '--from-literal=MODEL_KEY=second')
  await (await tenants.another()).launch(planFor(consumer, 'sleep 0.1'))
  const copy = await tenants.kubectl(consumer, 'get', 'secret', 'asset-tiny', '-o', 'jsonpath={.data.MODEL_KEY}')
  t.is(Buffer.from(copy, 'base64').toString(), 'second')
})

testOnTestbed('a store that has a name is looked for again, and its policy follows it', async (t, testbed) => {
  const real = new URL(testbed.objectStore.endpoint)
  let [now, addresses] = [Date.now(), ['10.1.2.3']]
  const tenants = await makeTenantStage(testbed, {
    storeEndpoint: 'https://s3.example:18443',
    egress: [{ to: [{ ipBlock: { cidr: `${real.hostname}/32` } }], ports: [{ port: Number(real.port) }] }],
    async lookup(host) {
      t.is(host, 's3.example')
      if (addresses.length === 0) throw new Error('no such name')
      return addresses
    },
  })
  t.teardown(() => tenants.close())
  const backend = await tenants.another({ clock: { now: () => now } })
  const consumer = `did:web:${randomUUID()}`
  const plan = planFor(consumer, 'sleep 30')
  const peers = async () => {
    const text = await tenants.kubectl(consumer, 'get', 'networkpolicy', 'object-store', '-o', 'json')
    return (JSON.parse(text).spec.egress[1].to as { ipBlock: { cidr: string } }[]).map(({ ipBlock }) => ipBlock.cidr)
  }
  await backend.launch(plan)
  t.deepEqual(await peers(), ['10.1.2.3/32'])
  for (const [then, wanted] of [
    [
      ['10.1.2.4', '10.1.2.3'],
      ['10.1.2.3/32', '10.1.2.4/32'],
    ],
    [['52.218.0.1'], ['0.0.0.0/0', '2000::/3']],
    [['10.1.2.5'], ['10.1.2.5/32']],
  ] as const) {
    addresses = [...then]
    now += 70_000
    await backend.observe({ ...plan.ref, consumerId: consumer })
    t.deepEqual(await peers(), [...wanted])
  }
  // Who knows no address opens none, and starts nothing; what runs keeps what it has.
  addresses = []
  now += 70_000
  await backend.observe({ ...plan.ref, consumerId: consumer })
  await t.throwsAsync(backend.launch(planFor(consumer)), { message: /"s3\.example" has no address now/ })
  await t.throwsAsync(backend.launch(planFor(`did:web:${randomUUID()}`)), {
    message: /"s3\.example" has no address now/,
  })
  t.deepEqual(await peers(), ['10.1.2.5/32'])
})

testOnTestbed('limits are for what says nothing; our pods take what they say', async (t, testbed) => {
  const { limitRange } = loadTenants(undefined)
  const tenants = await makeTenantStage(testbed, { limitRange })
  t.teardown(() => tenants.close())
  const consumer = `did:web:${randomUUID()}`
  const plan = planFor(consumer)
  await runs(t, tenants.backend, plan)
  const resources = (text: string): unknown[] => {
    const { spec } = JSON.parse(text)
    return [...(spec.initContainers ?? []), ...spec.containers].map((one) => one.resources)
  }
  const { template } = renderJob(plan, { ...tenants.stage.options, network: undefined }).spec ?? {}
  const pod = await tenants.kubectl(consumer, 'get', 'pods', '-o', 'jsonpath={.items[0]}')
  t.deepEqual(resources(pod), resources(JSON.stringify(template)))
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  const other = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'other', namespace: tenants.namespaceOf(consumer) },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'main', image: 'localhost/busybox:1', securityContext }],
    },
  }
  const taken = await kubectl(testbed, ['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(other))
  const little = limitRange[0]?.['default']
  t.deepEqual(resources(taken), [{ limits: little, requests: little }])
})
