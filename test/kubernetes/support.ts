import { randomBytes, randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { Client } from 'minio'
import type { AttemptRef } from '../../core/job/names.ts'
import type { Plan, Step } from '../../core/job/plan.ts'
import type { Backend, Observation, StepObservation } from '../../core/ports/backend.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { s3Store } from '../../entrypoint/objects/s3.ts'
import { createKubernetesBackend, type KubernetesOptions } from '../../k8s-client/backend.ts'
import { leaksInBucket } from '../support/bucket-leaks.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import { noLeaks } from '../support/leaks.ts'
import { secretsOf } from '../support/object-leaks.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { s3Settings } from '../support/s3-settings.ts'

/** The backend under test with a namespace and a bucket of its own. */
export interface Stage {
  readonly testbed: Testbed
  readonly namespace: string
  readonly objects: ObjectStore
  readonly backend: Backend
  readonly options: KubernetesOptions
  /** What was logged at `warn` or `error`. */
  readonly warnings: readonly string[]
  /** Another backend on the same namespace. */
  another(changes?: Partial<KubernetesOptions>): Promise<Backend>
  /** kubectl in the namespace; an independent client. */
  kubectl(...parameters: string[]): Promise<string>
  /** Creates an object from JSON. */
  create(object: unknown): Promise<void>
  /** Reads an object as JSON, `undefined` where there is none. */
  read(kind: string, name: string): Promise<Record<string, unknown> | undefined>
  close(): Promise<void>
}

/** Makes a stage. Everything is removed by `close`. */
export async function makeStage(testbed: Testbed, changes: Partial<KubernetesOptions> = {}): Promise<Stage> {
  const namespace = await makeNamespace(testbed)
  const bucket = `test-${randomBytes(4).toString('hex')}`
  const objects = s3Store(s3Settings(testbed.objectStore, bucket))
  await objects.check()
  const warnings: string[] = []
  const note = (message: string, fields?: object) => warnings.push(`${message} ${JSON.stringify(fields ?? {})}`)
  const logger: Logger = { info: () => undefined, warn: note, error: note }
  const options: KubernetesOptions = {
    kubeconfig: testbed.kubeconfig,
    namespace,
    sidecarImage: 'localhost/dataspace-compute-sidecar:dev',
    sidecarPullPolicy: 'Never',
    sidecarResources: { cpu: '250m', memory: '128Mi' }, // two cores are shared by everything that runs at the same time
    allowedInputHosts: [],
    objectStore: objects,
    clock: { now: () => Date.now() },
    logger,
    ...changes,
  }
  const backend = createKubernetesBackend(options)
  const made = [backend]
  const run = (...parameters: string[]) => kubectl(testbed, ['-n', namespace, ...parameters])
  return {
    testbed,
    namespace,
    objects,
    backend,
    options,
    warnings,
    async another(more = {}) {
      const other = createKubernetesBackend({ ...options, ...more })
      made.push(other)
      return other
    },
    kubectl: run,
    async create(object) {
      await kubectl(testbed, ['-n', namespace, 'create', '-f', '-'], JSON.stringify(object))
    },
    async read(kind, name) {
      const text = await run('get', kind, name, '-o', 'json', '--ignore-not-found')
      return text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)
    },
    async close() {
      await Promise.all(made.map((one) => one.close()))
      await removeNamespace(testbed, namespace)
      await removeBucket(testbed, bucket, objects)
    },
  }
}

async function removeBucket(testbed: Testbed, bucket: string, objects: ObjectStore): Promise<void> {
  const { objectStore } = testbed
  const { hostname, port } = new URL(objectStore.endpoint)
  const { accessKey, secretKey } = objectStore
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  const leaks = await leaksInBucket(client, bucket, secretsOf(testbed))
  await objects.removeAll('')
  await client.removeBucket(bucket)
  noLeaks(leaks)
}

let shared: Promise<Stage> | undefined
test.after.always('the stage is removed', async () => {
  await (await shared)?.close()
})

/** A test on a stage that all tests of the file share, one after the other; without a testbed it is skipped. */
export function testOnStage(title: string, body: (t: ExecutionContext, stage: Stage) => Promise<void>): void {
  testOnTestbed(title, async (t, testbed) => {
    shared ??= makeStage(testbed)
    await body(t, await shared)
  })
}

/** What a test's plan differs in. */
export type StepChanges = Partial<Omit<Step, 'worker' | 'limits' | 'resources'>> & {
  readonly worker?: Partial<Step['worker']>
  readonly limits?: Partial<Step['limits']>
  readonly resources?: Partial<Step['resources']>
}

/** A plan for a tiny worker: a shell script in the busybox image. */
export function shellPlan(script: string, changes: StepChanges = {}): Plan {
  const worker: Step['worker'] = {
    image: 'localhost/busybox:1',
    pullSecrets: [],
    command: ['/bin/sh', '-c', script],
    runAs: { user: 65532, group: 65532 },
    env: {},
    secrets: [],
    network: 'sidecar',
    ...changes.worker,
  }
  const step: Step = {
    name: 'main',
    environment: {},
    inputs: [],
    outputs: [{ name: 'out.txt', kind: 'file', required: true }],
    placement: { nodeSelector: {}, tolerations: [], priorityClass: '', runtimeClass: '' },
    ...changes,
    worker,
    resources: { cpu: '50m', memory: '32Mi', ephemeralStorage: '64Mi', ...changes.resources },
    limits: {
      timeout: 60_000,
      startTimeout: 60_000,
      retries: 0,
      concurrentJobs: 4,
      jobsPerAgreement: 10,
      outputBytes: 1_000_000,
      ...changes.limits,
    },
  }
  return {
    ref: { jobId: randomUUID(), attempt: 1 },
    assetId: 'tiny',
    assetVersion: '1.0.0',
    consumerId: 'did:web:consumer.example',
    steps: [step],
  }
}

/** Observes until the step satisfies a condition, and gives the step. */
export async function stepWhere(
  backend: Backend,
  ref: AttemptRef,
  holds: (step: StepObservation) => boolean,
  deadlineMs = 60_000,
): Promise<StepObservation> {
  return eventually(
    `the awaited step of ${ref.jobId}`,
    async () => {
      const observation = await backend.observe(ref)
      return observation.presence === 'present' && holds(observation.step)
        ? { done: observation.step }
        : { pending: JSON.stringify(observation) }
    },
    { deadlineMs, pauseMs: 100 },
  )
}

/** Waits for the end of an attempt, good or bad. */
export function ended(backend: Backend, ref: AttemptRef, deadlineMs = 60_000): Promise<StepObservation> {
  return stepWhere(backend, ref, ({ phase }) => phase === 'stored' || phase === 'failed', deadlineMs)
}

/** Removes an attempt and waits until nothing of it is left. */
export async function removed(backend: Backend, ref: AttemptRef): Promise<readonly Observation[]> {
  const seen: Observation[] = []
  await backend.remove(ref)
  await eventually(
    `${ref.jobId} to be gone`,
    async () => {
      const observation = await backend.observe(ref)
      seen.push(observation)
      return observation.presence === 'absent' ? { done: true } : { pending: JSON.stringify(observation) }
    },
    { pauseMs: 100 },
  )
  return seen
}
