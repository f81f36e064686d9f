import { randomBytes } from 'node:crypto'
import type { V1Job, V1PodSpec } from '@kubernetes/client-node'
import fc from 'fast-check'
import { attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import { sidecarTask } from '../../core/job/sidecar-task.ts'
import { Credentials } from '../../k8s-client/api/credentials.ts'
import { Transport } from '../../k8s-client/api/transport.ts'
import type { Difference } from '../../k8s-client/kept/differences.ts'
import { keptJobDifferences } from '../../k8s-client/kept/kept-job.ts'
import { keptPodDifferences } from '../../k8s-client/kept/kept-pod.ts'
import type { RenderOptions } from '../../k8s-client/options.ts'
import { renderConfigMap } from '../../k8s-client/render/config-map.ts'
import { renderJob } from '../../k8s-client/render/job.ts'
import { renderSecret } from '../../k8s-client/render/secret.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import type { Testbed } from '../support/testbed.ts'
import { anyAsset, type ClusterNames } from './any-asset.ts'
import { podProblems } from './pod-rules.ts'

/** A namespace under `restricted` of a real API server, which is asked what it would take. */
export interface Admission {
  readonly namespace: string
  readonly names: ClusterNames
  /**
   * What the API server has against the objects of a plan: errors, and warnings of all kinds. Unknown fields are errors. And what the
   * service would have against the Job and the pod that the API server makes of them.
   */
  objections(plan: Plan, options: RenderOptions, dryRun?: boolean): Promise<readonly string[]>
  /** The same of a pod by itself. */
  podObjections(name: string, spec: V1PodSpec): Promise<readonly string[]>
  close(): Promise<void>
}

/** Makes the namespace, and classes with names as long as they may be, which assets may refer to. */
export async function makeAdmission(testbed: Testbed): Promise<Admission> {
  const namespace = await makeNamespace(testbed)
  const mark = randomBytes(4).toString('hex')
  const long = `test-${mark}.${'a'.repeat(200)}`.slice(0, 240)
  const items = [
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: long }, value: 7 },
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: `test-${mark}` }, handler: 'any' },
  ]
  await kubectl(testbed, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await eventually('the default service account', async () => {
    const found = await kubectl(testbed, ['-n', namespace, 'get', 'serviceaccount', '-o', 'name'])
    return found.includes('default') ? { done: true } : { pending: 'none yet' }
  })
  const transport = new Transport(new Credentials({ kubeconfig: testbed.kubeconfig }))
  const ask = ({ path, body, judge }: Request, dryRun: boolean): Promise<readonly string[]> =>
    transport.send({ method: 'POST', path: `${path}?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`, body }).then(
      ({ warnings, body: answer }) => [
        ...warnings.map((warning) => `${path}: warning: ${warning}`),
        ...(judge?.(answer) ?? []).map((difference) => `${path}: kept otherwise: ${JSON.stringify(difference)}`),
      ],
      (error: unknown) => [`${path}: ${error instanceof Error ? error.message : String(error)}`],
    )
  return {
    namespace,
    names: { priorityClasses: [long], runtimeClasses: [`test-${mark}`] },
    async objections(plan, options, dryRun = true) {
      return (await Promise.all(requestsOf(plan, options).map((request) => ask(request, dryRun)))).flat()
    },
    podObjections(name, spec) {
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
      return ask({ path: `/api/v1/namespaces/${namespace}/pods`, body }, true)
    },
    async close() {
      await transport.close()
      await kubectl(testbed, ['delete', '--ignore-not-found', 'priorityclass', long])
      await kubectl(testbed, ['delete', '--ignore-not-found', 'runtimeclass', `test-${mark}`])
      await removeNamespace(testbed, namespace)
    },
  }
}

/** An object that the API server is asked for. */
interface Request {
  readonly path: string
  readonly body: unknown
  /** What the service would find changed in the object as the API server keeps it. */
  readonly judge?: (answer: unknown) => readonly Difference[]
}

/** Everything that the API server would be asked for. */
function requestsOf(plan: Plan, options: RenderOptions): readonly Request[] {
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
  const metadata = { ...job.spec?.template.metadata, name: attemptName(plan.ref) }
  return [
    {
      path: `/apis/batch/v1/namespaces/${options.namespace}/jobs`,
      body: job,
      judge: (answer) => keptJobDifferences(job, answer),
    },
    {
      path: `${core}/pods`,
      body: { apiVersion: 'v1', kind: 'Pod', ...job.spec?.template, metadata },
      judge: (answer) => keptPodDifferences(JSON.parse(JSON.stringify(job)), answer),
    },
    { path: `${core}/configmaps`, body: renderConfigMap(plan, options) },
    { path: `${core}/secrets`, body: renderSecret(plan, sidecarTask(plan, store, []), options) },
  ]
}

/** The pod of a Job. */
export function podOf(job: V1Job): V1PodSpec {
  const spec = job.spec?.template.spec
  if (spec === undefined) throw new Error('the Job has no pod')
  return spec
}

/** The ways in which a service may be set up, as far as they change a pod. */
function setups(namespace: string, { runtimeClasses }: ClusterNames): readonly RenderOptions[] {
  const plain = { namespace, sidecarImage: 'registry.example/sidecar:1' }
  const network = { storeEndpoint: 'https://minio.storage.svc:9000' }
  return [
    plain,
    { ...plain, network },
    { ...plain, network: { ...network, canary: '[fd00::1]:443' }, isolateWorkers: true, trustedRegistries: ['a'] },
    { ...plain, network, hostUsers: false, runtimeClass: runtimeClasses[0], sidecarCaConfigMap: 'certificates' },
  ]
}

/** A generated asset whose pod was objected to. */
export interface Objection {
  readonly index: number
  readonly document: unknown
  readonly problems: readonly string[]
}

/**
 * Generates assets, renders each under every setup in turn, and holds it against our own rules and the API server.
 * @param atOnce how many at a time: each is four requests
 */
export async function generatedAssets(
  admission: Admission,
  { seed, count, atOnce = 32 }: { readonly seed: number; readonly count: number; readonly atOnce?: number },
): Promise<readonly Objection[]> {
  const assets = fc.sample(anyAsset(admission.names), { seed, numRuns: count }).entries()
  const ways = setups(admission.namespace, admission.names)
  const found: Objection[] = []
  const work = async (): Promise<void> => {
    for (const [index, { plan, document }] of assets) {
      const options = ways[index % ways.length] ?? { namespace: admission.namespace, sidecarImage: 'x' }
      const problems = [...podProblems(podOf(renderJob(plan, options))), ...(await admission.objections(plan, options))]
      if (problems.length > 0) found.push({ index, document, problems })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return found
}
