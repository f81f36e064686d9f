import { randomUUID } from 'node:crypto'
import { attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import { LaunchRefused } from '../../core/ports/backend.ts'
import { Credentials } from '../../k8s-client/api/credentials.ts'
import { NamespaceApi, type PatchOperation, type Resource } from '../../k8s-client/api/namespace-api.ts'
import { type Answer, Transport } from '../../k8s-client/api/transport.ts'
import { launch } from '../../k8s-client/launch.ts'
import { kubectl } from '../support/kubectl.ts'
import { removed, shellPlan, type Stage, testOnStage } from './support.ts'

/** A plan whose pod finds no node: everything but running. */
function idlePlan(changes: Parameters<typeof shellPlan>[1] = {}): Plan {
  const placement = { nodeSelector: { 'no-such': 'node' }, tolerations: [], priorityClass: '', runtimeClass: '' }
  return shellPlan('true', { placement, ...changes })
}

/**
 * The API as a process sees it that is killed at its n-th write: before the write is sent, or before its answer is read. From then on
 * nothing is sent any more; only the first answer may be lost as a network loses one, and the process goes on.
 */
class DyingApi extends NamespaceApi {
  readonly writes: string[] = []
  readonly #fatal: number
  readonly #when: 'before' | 'after'
  #dead = false

  constructor(transport: Transport, namespace: string, fatal: number, when: 'before' | 'after') {
    super(transport, namespace)
    this.#fatal = fatal
    this.#when = when
  }

  override create(resource: Resource, object: unknown): Promise<Answer> {
    return this.#write(`POST ${resource}`, () => super.create(resource, object))
  }

  override patch(resource: Resource, name: string, operations: readonly PatchOperation[]): Promise<Answer> {
    return this.#write(`PATCH ${resource}`, () => super.patch(resource, name, operations))
  }

  override get(resource: Resource, name: string): Promise<unknown> {
    return this.#dead ? Promise.reject(new Error('killed')) : super.get(resource, name)
  }

  async #write(what: string, send: () => Promise<Answer>): Promise<Answer> {
    if (this.#dead) throw new Error('killed')
    this.writes.push(what)
    const fatal = this.writes.length === this.#fatal
    if (fatal && this.#when === 'before') {
      this.#dead = true
      throw new Error('killed')
    }
    const answer = await send()
    if (!fatal) return answer
    this.#dead = this.#fatal > 1
    throw new Error('killed')
  }
}

interface Seen {
  readonly metadata: { readonly uid: string; readonly ownerReferences?: readonly { readonly uid: string }[] }
  readonly spec?: { readonly suspend: boolean }
  readonly data?: Readonly<Record<string, string>>
}

/** What of a plan lies in the cluster, seen by kubectl. */
async function objectsOf(stage: Stage, plan: Plan) {
  const read = async (kind: string) => (await stage.read(kind, attemptName(plan.ref))) as Seen | undefined
  const [job, configMap, secret] = await Promise.all([read('job'), read('configmap'), read('secret')])
  return { job, configMap, secret }
}

testOnStage('a launch that is killed at any write is finished by the next one', async (t, stage) => {
  const transport = new Transport(new Credentials({ kubeconfig: stage.testbed.kubeconfig }))
  for (const when of ['before', 'after'] as const)
    for (const fatal of [1, 2, 3, 4]) {
      const plan = idlePlan()
      const title = `${when} write ${fatal}`
      const api = new DyingApi(transport, stage.namespace, fatal, when)
      const parts = { options: stage.options, objectStore: stage.objects, logger: stage.options.logger }
      // A lost answer to the first write is asked after at once, so that launch goes on by itself.
      if (fatal === 1 && when === 'after') await launch({ ...parts, api }, plan)
      else await t.throwsAsync(launch({ ...parts, api }, plan), { message: 'killed' }, title)
      const before = (await objectsOf(stage, plan)).job?.metadata.uid
      await stage.backend.launch(plan)
      const { job, configMap, secret } = await objectsOf(stage, plan)
      t.false(job?.spec?.suspend, title)
      if (before !== undefined) t.is(job?.metadata.uid, before, title)
      for (const owned of [configMap, secret]) t.is(owned?.metadata.ownerReferences?.[0]?.uid, job?.metadata.uid, title)
      if (fatal === 4) t.deepEqual(api.writes, ['POST jobs', 'POST configmaps', 'POST secrets', 'PATCH jobs'])
      const again = new DyingApi(transport, stage.namespace, 0, 'before')
      await launch({ ...parts, api: again }, plan)
      t.deepEqual(again.writes, [], `${title}: once launched, a further launch writes nothing`)
      await removed(stage.backend, plan.ref)
      t.deepEqual(await objectsOf(stage, plan).then(({ job: gone }) => gone), undefined, title)
    }
  await transport.close()
  t.deepEqual(stage.warnings, [])
})

testOnStage('launched by two at once: one Job, one pod', async (t, stage) => {
  const plan = idlePlan()
  const other = await stage.another()
  const outcomes = await Promise.allSettled([stage.backend.launch(plan), other.launch(plan)])
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') t.false(outcome.reason instanceof LaunchRefused, String(outcome.reason))
  await stage.backend.launch(plan)
  await stage.kubectl('wait', '--for=jsonpath={.status.active}=1', `job/${attemptName(plan.ref)}`)
  t.is((await stage.kubectl('get', 'pods', '-o', 'name')).trim().split('\n').length, 1)
  await removed(stage.backend, plan.ref)
})

testOnStage('credentials of an earlier launch are replaced while nothing runs with them', async (t, stage) => {
  const plan = idlePlan()
  const failing = await stage.another({
    objectStore: { access: () => Promise.reject(new Error('the store is away')) },
  })
  await t.throwsAsync(failing.launch(plan), { message: 'the store is away' })
  const { job } = await objectsOf(stage, plan)
  t.true(job?.spec?.suspend, 'nothing runs without credentials')
  const observation = await stage.backend.observe(plan.ref)
  t.is(observation.presence === 'present' && observation.step.phase, 'preparing')
  await stage.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: attemptName(plan.ref) },
    stringData: { 'task.json': 'stale' },
  })
  await stage.backend.launch(plan)
  const { secret } = await objectsOf(stage, plan)
  const task = JSON.parse(Buffer.from(secret?.data?.['task.json'] ?? '', 'base64').toString()) as { ref: unknown }
  t.deepEqual(task.ref, plan.ref)
  await removed(stage.backend, plan.ref)
})

for (const kind of ['Job', 'ConfigMap', 'Secret'])
  testOnStage(`a ${kind} of that name that is not ours is refused and left alone`, async (t, stage) => {
    const plan = idlePlan()
    const name = attemptName(plan.ref)
    const container = { name: 'main', image: 'localhost/busybox:1' }
    const spec = { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [container] } } }
    await stage.create({
      apiVersion: kind === 'Job' ? 'batch/v1' : 'v1',
      kind,
      metadata: { name },
      ...(kind === 'Job' ? { spec } : {}),
    })
    const uidNow = () => stage.kubectl('get', kind, name, '-o', 'jsonpath={.metadata.uid}')
    const uid = await uidNow()
    const error = await t.throwsAsync(stage.backend.launch(plan), { instanceOf: LaunchRefused })
    t.is(error?.failure.cause, 'backend-error')
    t.regex(error?.message ?? '', new RegExp(`${kind} named ${name} that is not ours`))
    await removed(stage.backend, plan.ref)
    t.is(await uidNow(), uid)
    t.deepEqual(await stage.backend.list(), [])
    await stage.kubectl('delete', kind, name)
  })

testOnStage('a full quota means wait', async (t, stage) => {
  const plan = idlePlan()
  await stage.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none' },
    spec: { hard: { 'count/jobs.batch': '0' } },
  })
  await stage.kubectl('wait', '--for=jsonpath={.status.hard}', 'resourcequota/none')
  const error = await t.throwsAsync(stage.backend.launch(plan))
  t.false(error instanceof LaunchRefused)
  t.regex(error?.message ?? '', /quota is full/)
  await stage.kubectl('delete', 'resourcequota', 'none')
  await stage.backend.launch(plan)
  await removed(stage.backend, plan.ref)
})

testOnStage('what the API server does not accept is refused in its words', async (t, stage) => {
  const invalid = idlePlan({
    placement: { nodeSelector: { 'a b': 'c' }, tolerations: [], priorityClass: '', runtimeClass: '' },
  })
  const error = await t.throwsAsync(stage.backend.launch(invalid), { instanceOf: LaunchRefused })
  t.is(error?.failure.cause, 'backend-error')
  t.regex(error?.message ?? '', /nodeSelector/)
  const image = await t.throwsAsync(stage.backend.launch(idlePlan({ worker: { image: '' } })), {
    instanceOf: LaunchRefused,
  })
  t.is(image?.failure.cause, 'invalid-image', image?.message)
  t.deepEqual(await stage.backend.list(), [])
})

testOnStage('a namespace that is not there', async (t, stage) => {
  const backend = await stage.another({ namespace: 'no-such-namespace' })
  const error = await t.throwsAsync(backend.launch(idlePlan()))
  t.false(error instanceof LaunchRefused)
  t.regex(error?.message ?? '', /no namespace no-such-namespace/)
})

testOnStage('a pod that the namespace’s standard would refuse: seen at the Job, which goes again', async (t, stage) => {
  const root = idlePlan({ worker: { runAs: { user: 0, group: 0 } } }) // no asset can say so: the schema refuses it
  const error = await t.throwsAsync(stage.backend.launch(root), { instanceOf: LaunchRefused })
  t.regex(error?.message ?? '', /violate PodSecurity/)
  await removed(stage.backend, root.ref)
  // Also where the warning was lost, because the process was killed right after the Job was made.
  const transport = new Transport(new Credentials({ kubeconfig: stage.testbed.kubeconfig }))
  const api = new DyingApi(transport, stage.namespace, 1, 'after')
  const second = { ...root, ref: { jobId: randomUUID(), attempt: 1 } }
  const parts = { api, options: stage.options, objectStore: stage.objects, logger: stage.options.logger }
  await t.throwsAsync(launch(parts, second), { message: /violate PodSecurity/ })
  await transport.close()
  await removed(stage.backend, second.ref)
})

testOnStage('what somebody left behind who deleted the Job alone is removed as well', async (t, stage) => {
  const plan = idlePlan()
  await stage.backend.launch(plan)
  const name = attemptName(plan.ref)
  await stage.kubectl('wait', '--for=jsonpath={.status.active}=1', `job/${name}`)
  await stage.kubectl('delete', 'job', name, '--cascade=orphan')
  t.is((await stage.backend.observe(plan.ref)).presence, 'present')
  await removed(stage.backend, plan.ref)
  await removed(stage.backend, plan.ref)
  t.deepEqual(await objectsOf(stage, plan), { job: undefined, configMap: undefined, secret: undefined })
})

testOnStage('the Pod Security standard is enforced where the tests run', async (t, stage) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root' } }
  const spec = { containers: [{ name: 'main', image: 'localhost/busybox:1' }] }
  await t.throwsAsync(
    kubectl(stage.testbed, ['-n', stage.namespace, 'create', '-f', '-'], JSON.stringify({ ...pod, spec })),
  )
})
