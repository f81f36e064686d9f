import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { sidecarTask } from '../../core/job/sidecar-task.ts'
import { attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import { Credentials } from '../../k8s-client/api/credentials.ts'
import { Transport } from '../../k8s-client/api/transport.ts'
import type { RenderOptions } from '../../k8s-client/options.ts'
import { renderConfigMap } from '../../k8s-client/render/config-map.ts'
import { renderJob } from '../../k8s-client/render/job.ts'
import { renderSecret } from '../../k8s-client/render/secret.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { anyAsset, type ClusterNames } from './any-asset.ts'
import { largestPlan } from './largest-asset.ts'

/** Assets per run. Each is four requests: its Job, that Job's pod, its ConfigMap and its Secret. */
const runs = 200

/** Classes with names as long as they may be, which assets may refer to. */
async function makeClasses(testbed: Testbed, t: ExecutionContext): Promise<ClusterNames> {
  const mark = randomBytes(4).toString('hex')
  const long = `test-${mark}.${'a'.repeat(200)}`.slice(0, 240)
  const objects = [
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: long }, value: 7 },
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: `test-${mark}` }, handler: 'any' },
  ]
  t.teardown(async () => {
    await kubectl(testbed, ['delete', '--ignore-not-found', 'priorityclass', long])
    await kubectl(testbed, ['delete', '--ignore-not-found', 'runtimeclass', `test-${mark}`])
  })
  await kubectl(testbed, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  return { priorityClasses: [long], runtimeClasses: [`test-${mark}`] }
}

/** A namespace under `restricted` in which pods can be asked for. */
async function stage(testbed: Testbed, t: ExecutionContext): Promise<string> {
  const namespace = await makeNamespace(testbed)
  t.teardown(() => removeNamespace(testbed, namespace))
  await eventually('the default service account', async () => {
    const found = await kubectl(testbed, ['-n', namespace, 'get', 'serviceaccount', '-o', 'name'])
    return found.includes('default') ? { done: true } : { pending: 'none yet' }
  })
  return namespace
}

/** Everything that the API server would be asked for, by the path it is posted to. */
function requestsOf(plan: Plan, options: RenderOptions): readonly (readonly [path: string, body: unknown])[] {
  const job = renderJob(plan, options)
  const store = {
    kind: 's3',
    endpoint: 'http://store:9000',
    region: 'r',
    bucket: 'b',
    accessKey: 'a',
    secretKey: 's',
  } as const
  const core = `/api/v1/namespaces/${options.namespace}`
  const name = attemptName(plan.ref)
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    ...job.spec?.template,
    metadata: { ...job.spec?.template.metadata, name },
  }
  return [
    [`/apis/batch/v1/namespaces/${options.namespace}/jobs`, job],
    [`${core}/pods`, pod],
    [`${core}/configmaps`, renderConfigMap(plan, options)],
    [`${core}/secrets`, renderSecret(plan, sidecarTask(plan, store, []), options)],
  ]
}

/** What the API server has against the objects of a plan: errors, and warnings of all kinds. Unknown fields are errors. */
async function objections(
  transport: Transport,
  plan: Plan,
  options: RenderOptions,
  query: string,
): Promise<readonly string[]> {
  const answers = requestsOf(plan, options).map(async ([path, body]) => {
    const call = { method: 'POST', path: `${path}?fieldValidation=Strict${query}`, body } as const
    return transport.send(call).then(
      ({ warnings }) => warnings.map((warning) => `${path}: warning: ${warning}`),
      (error: unknown) => [`${path}: ${error instanceof Error ? error.message : String(error)}`],
    )
  })
  return (await Promise.all(answers)).flat()
}

function transportTo({ kubeconfig }: Testbed, t: ExecutionContext): Transport {
  const transport = new Transport(new Credentials({ kubeconfig }))
  t.teardown(() => transport.close())
  return transport
}

testOnTestbed(
  'any asset that registration takes is rendered into what a restricted namespace admits',
  async (t, testbed) => {
    const [namespace, names] = await Promise.all([stage(testbed, t), makeClasses(testbed, t)])
    const options: RenderOptions = { namespace, sidecarImage: 'registry.example/sidecar:1' }
    const transport = transportTo(testbed, t)
    const seed = Math.floor(Math.random() * 2 ** 31)
    const assets = fc.sample(anyAsset(names), { seed, numRuns: runs })
    const found = await Promise.all(assets.map(({ plan }) => objections(transport, plan, options, '&dryRun=All')))
    const first = found.findIndex((problems) => problems.length > 0)
    if (first !== -1) t.log(`asset ${first} of seed ${seed}: ${JSON.stringify(assets[first]?.document)}`)
    t.deepEqual([...new Set(found.flat())].slice(0, 20), [], `the assets of seed ${seed}`)
  },
)

testOnTestbed('the largest asset fits into the cluster’s own store', async (t, testbed) => {
  const options: RenderOptions = {
    namespace: await stage(testbed, t),
    sidecarImage: 'registry.example/sidecar:1',
  }
  const found = await objections(transportTo(testbed, t), largestPlan(), options, '')
  t.deepEqual(found, [])
})
