import type { ExecutionContext } from 'ava'
import type { PlannedInput, Plan } from '../../core/job/plan.ts'
import type { RenderOptions } from '../../k8s-client/options.ts'
import type { EgressOptions } from '../../k8s-client/tenants/options.ts'
import { policySpecs } from '../../k8s-client/tenants/policies.ts'
import { ended, makeStage, removed, shellPlan, type Stage } from '../kubernetes/support.ts'
import { eventually } from '../support/eventually.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { answerAt, listenAt, metadataAddress, publicAddress, reachableThings } from './reachable-things.ts'
import { reachedSchema, type ReachTarget, reachWorker } from './reach-worker.ts'

const publicUrl = `http://${publicAddress}:18080/`

/** A namespace with the policies that the chart and the service make. */
async function guardedStage(t: ExecutionContext, testbed: Testbed, network: Partial<RenderOptions['network']> = {}) {
  const storeEndpoint = testbed.objectStore.endpoint
  const stage = await makeStage(testbed, { network: { storeEndpoint, ...network } })
  t.teardown(() => stage.close())
  return stage
}

async function makePolicies(
  stage: Stage,
  changes: Partial<EgressOptions> = {},
  storeAddresses?: readonly string[],
): Promise<void> {
  const storeEndpoint = stage.testbed.objectStore.endpoint
  const options = { storeEndpoint, clusterRanges: [], inputHosts: [], egress: [], ...changes }
  const specs = policySpecs(options, [], storeAddresses)
  for (const [name, spec] of Object.entries(specs))
    await stage.create({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec })
}

function plan(
  targets: readonly ReachTarget[],
  network: 'sidecar' | 'none',
  from: 'nowhere' | 'a url' = 'nowhere',
): Plan {
  const source = { kind: 'url', url: publicUrl } as const
  const inputs: readonly PlannedInput[] = [{ name: 'in.txt', kind: 'file', source, maximumBytes: 1000 }]
  return shellPlan('', {
    worker: { image: 'localhost/node:24', command: reachWorker(targets), network },
    resources: { memory: '256Mi', cpu: '500m' },
    ...(from === 'a url' ? { inputs } : {}),
  })
}

/** Runs the worker that tries everything; gives what it reached at any time. */
async function reachedBy(t: ExecutionContext, stage: Stage, one: Plan, what: string): Promise<readonly string[]> {
  await stage.backend.launch(one)
  const step = await ended(stage.backend, one.ref)
  const log = await stage.backend.log(one.ref, 'worker', 100_000)
  t.is(step.phase, 'stored', `${what}: ${JSON.stringify(step)}`)
  const reached = reachedSchema.parse(JSON.parse(Buffer.from(log?.bytes ?? []).toString()))
  t.log(`${what}: ${JSON.stringify(reached)}`)
  await removed(stage.backend, one.ref)
  return [...new Set(Object.values(reached).flat())].toSorted()
}

testOnTestbed('what a worker reaches, from its first moment on', async (t, testbed) => {
  t.timeout(240_000)
  const stage = await guardedStage(t, testbed)
  const targets = await reachableThings(t, stage)
  // Without policies all of it is in reach: what is closed below is closed by them.
  const unguarded = { ...stage, backend: await stage.another({ network: undefined }) }
  const everything = targets.map(({ name }) => name).toSorted()
  t.deepEqual(await reachedBy(t, unguarded, plan(targets, 'sidecar'), 'without policies'), everything)

  await makePolicies(stage)
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'sidecar'), 'what the sidecar has'), ['object store'])
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'sidecar', 'a url'), 'the same with an input by url'), [
    'names by TCP',
    'names by UDP',
    'object store',
    'public address',
  ])
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'none'), 'none'), [])
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'none', 'a url'), 'none with an input by url'), [])
  const forced = { ...stage, backend: await stage.another({ isolateWorkers: true }) }
  t.deepEqual(await reachedBy(t, forced, plan(targets, 'sidecar'), 'none by the settings'), [])
  const trusting = {
    ...stage,
    backend: await stage.another({ isolateWorkers: true, trustedRegistries: ['localhost'] }),
  }
  t.deepEqual(await reachedBy(t, trusting, plan(targets, 'sidecar'), 'a trusted registry'), ['object store'])
})

testOnTestbed(
  'a store that has a name opens its own address, or public ones, and no private one',
  async (t, testbed) => {
    t.timeout(180_000)
    const stage = await guardedStage(t, testbed)
    const node = new URL(testbed.objectStore.endpoint)
    // Everything answers at the store's port, as what serves TLS in a cluster does at 443.
    await answerAt(t, node.hostname, 18_443)
    for (const address of [publicAddress, metadataAddress] as const) await listenAt(t, address, 18_443)
    const targets = [
      { name: 'the node', host: node.hostname, port: 18_443 },
      { name: 'public address', host: publicAddress, port: 18_443 },
      { name: 'metadata address', host: metadataAddress, port: 18_443 },
      { name: 'API server on its node', host: node.hostname, port: 16_443 },
    ]
    const unguarded = { ...stage, backend: await stage.another({ network: undefined }) }
    const everything = targets.map(({ name }) => name).toSorted()
    t.deepEqual(await reachedBy(t, unguarded, plan(targets, 'sidecar'), 'without policies'), everything)
    // The data sidecar goes to the real store all the same.
    const egress = [{ to: [{ ipBlock: { cidr: `${node.hostname}/32` } }], ports: [{ port: Number(node.port) }] }]
    const named = { storeEndpoint: 'https://s3.example:18443', egress }
    await makePolicies(stage, named, [publicAddress])
    t.deepEqual(await reachedBy(t, stage, plan(targets, 'sidecar'), 'a public address'), ['public address'])
    await stage.kubectl('delete', 'networkpolicy', '--all')
    await makePolicies(stage, named, [node.hostname])
    t.deepEqual(await reachedBy(t, stage, plan(targets, 'sidecar'), 'a private address'), ['the node'])
  },
)

testOnTestbed('a canary that nobody hears shows nothing, policies or none', async (t, testbed) => {
  t.timeout(180_000)
  const node = new URL(testbed.objectStore.endpoint)
  for (const [canary, said] of [
    [`${node.hostname}:1`, /was refused by 10\.245\.0\.1:1 itself|still reached 198\.51\.100\.1:443/],
    ['no-such-canary.invalid:443', /found no address of no-such-canary\.invalid:443/],
  ] as const) {
    const stage = await guardedStage(t, testbed, { limitSeconds: 2, canary })
    const one = shellPlan('echo done > $OUTPUT_DIR/out.txt', { limits: { startTimeout: 2000 } })
    await stage.backend.launch(one)
    const step = await ended(stage.backend, one.ref, 90_000)
    t.like(step, { phase: 'failed', failure: { cause: 'not-isolated' } }, JSON.stringify(step))
    t.regex(step.phase === 'failed' ? step.failure.message : '', said)
    t.is(step.phase === 'failed' && step.workerStartedAt, undefined, 'it never started')
    await removed(stage.backend, one.ref)
  }
})

testOnTestbed('where the store is not let through no worker starts, and the failure says so', async (t, testbed) => {
  const stage = await guardedStage(t, testbed, { limitSeconds: 3 })
  await makePolicies(stage, { storeEndpoint: 'http://10.0.0.7:9000' })
  const one = shellPlan('echo done > $OUTPUT_DIR/out.txt')
  await stage.backend.launch(one)
  const step = await ended(stage.backend, one.ref, 90_000)
  t.like(step, { phase: 'failed', failure: { cause: 'not-isolated' } }, JSON.stringify(step))
  t.regex(step.phase === 'failed' ? step.failure.message : '', /did not reach 10\.245\.0\.1:\d+ after 3 s/)
  await removed(stage.backend, one.ref)
})

testOnTestbed('where policies do not hold no worker starts, and the failure says so', async (t, testbed) => {
  const stage = await guardedStage(t, testbed, { limitSeconds: 2 })
  for (const network of ['sidecar', 'none'] as const) {
    const one = shellPlan('echo done > $OUTPUT_DIR/out.txt', { worker: { network }, limits: { startTimeout: 2000 } })
    await stage.backend.launch(one)
    const step = await ended(stage.backend, one.ref, 90_000)
    t.like(step, { phase: 'failed', failure: { cause: 'not-isolated' } }, JSON.stringify(step))
    t.regex(step.phase === 'failed' ? step.failure.message : '', /still reached 10\.96\.0\.1:443/)
    t.is(step.phase === 'failed' && step.workerStartedAt, undefined, 'it never started')
    await removed(stage.backend, one.ref)
  }
})

testOnTestbed('a worker without network waits for the service, however long it is away', async (t, testbed) => {
  const stage = await guardedStage(t, testbed)
  await makePolicies(stage)
  const one = shellPlan('echo done > $OUTPUT_DIR/out.txt', { worker: { network: 'none' } })
  await stage.backend.launch(one)
  const shown = (path: string) => stage.kubectl('get', 'pods', '-o', `jsonpath={.items[*]${path}}`)
  // Nobody looks: the pod stands before the gate, and its label is as it was.
  await eventually('the pod to stand before the gate for three seconds', async () => {
    const since = await shown('.status.initContainerStatuses[?(@.name=="gate")].state.running.startedAt')
    return Date.now() - Date.parse(since) > 3000 ? { done: true } : { pending: since }
  })
  t.regex(await shown('.metadata.labels'), /"dataspace-compute\/network":"store"/)
  t.is(await shown('.status.initContainerStatuses[?(@.name=="worker")].state.running'), '')
  t.is((await ended(stage.backend, one.ref)).phase, 'stored')
  const labels = await stage.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.labels}')
  t.true(labels.includes('"dataspace-compute/network":"store"'), 'the upload got its network back')
  await removed(stage.backend, one.ref)
})

testOnTestbed('where nobody enforces policies a worker without network is refused', async (t, testbed) => {
  const stage = await makeStage(testbed)
  t.teardown(() => stage.close())
  const one = shellPlan('true', { worker: { network: 'none' } })
  await t.throwsAsync(stage.backend.launch(one), { message: /DSC_NETWORK_POLICIES=enforced/ })
  const rules = { allowTags: false, registries: [] }
  const strict = await stage.another({ imageRules: rules })
  await t.throwsAsync(strict.launch(shellPlan('true')), { message: /localhost\/busybox:1 names no digest/ })
  const elsewhere = await stage.another({ imageRules: { allowTags: true, registries: ['registry.example'] } })
  await t.throwsAsync(elsewhere.launch(shellPlan('true')), { message: /DSC_IMAGE_REGISTRIES/ })
  t.deepEqual(await stage.backend.list(), [])
})
