import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import { loadConnectors } from '../../config/connectors.ts'
import { signalingSchema } from '../../config/signaling.ts'
import { problemsOfConnectors } from '../../config/secret-rules.ts'
import { loadJobLimits } from '../../config/job-limits.ts'
import { loadSettings } from '../../config/load.ts'
import { loadTenants } from '../../config/tenants.ts'
import { projectRoot } from '../support/entrypoint.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { chart, helm, helmProgram } from './helm.ts'

// What the chart renders. They need Helm, which the testbed builds.

const example = join(projectRoot, 'k8s/example-values.yaml')
const plain = join(projectRoot, 'k8s/plain')
const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
type Rendered = z.output<typeof objectSchema> & Record<string, unknown>

function objectsIn(text: string): readonly Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object))
}

/** Renders the chart with the example's values and others on top. */
async function render(t: ExecutionContext, testbed: Testbed, values: object = {}): Promise<readonly Rendered[]> {
  const file = join(await temporaryFolder(t), 'values.yaml')
  await writeFile(file, stringify(values))
  return objectsIn(
    await helm(testbed, 'template', 'dataspace-compute', chart, '-n', 'dataspace-compute', '-f', example, '-f', file),
  )
}

function theOne(objects: readonly Rendered[], kind: string, name = 'dataspace-compute'): Rendered {
  const [found, ...more] = objects.filter((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} objects ${kind} ${name}`)
  return found
}

/** Every value that has a say in the settings. */
const everything = {
  publicUrl: 'https://example.org/compute',
  s3: {
    endpoint: 'http://minio.storage.svc:9000',
    podEndpoint: 'http://minio.storage.svc:9000',
    linkEndpoint: 'https://results.example',
    sts: false,
  },
  jobs: { namespace: 'computing', allowImageTags: true, inputHosts: ['data.internal', '10.0.0.1:8080'] },
  assets: {
    configMaps: ['word-count'],
    inline: { sum: { 'asset.yaml': 'kind: ComputeAsset\n' } },
    volume: { persistentVolumeClaim: { claimName: 'assets' } },
  },
  settings: {
    DSC_LOG_LEVEL: 'warn',
    DSC_OIDC_ISSUER: 'https://login.example/realms/operators',
    DSC_OIDC_AUDIENCE: 'dataspace-compute',
  },
  previousTokenKey: true,
  trustedProxies: ['10.0.0.0/8'],
  ca: { certificates: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n' },
  admin: { expose: true },
  ingress: { enabled: true, className: 'nginx', tlsSecret: 'tls' },
  serviceMonitor: { enabled: true },
}

testOnTestbed('Helm finds nothing to say about the chart', async (t, testbed) => {
  t.timeout(900_000) // Helm may have to be built
  t.regex(await helm(testbed, 'lint', '--strict', chart, '-f', example), /0 chart\(s\) failed/)
  const schema = parse(await readFile(join(chart, 'values.schema.json'), 'utf8')) as { properties: object }
  const values = parse(await readFile(join(chart, 'values.yaml'), 'utf8')) as object
  const needed = ['publicUrl', 'existingSecret', 'connectorsSecret', 'global']
  t.deepEqual([...Object.keys(values), ...needed].toSorted(), Object.keys(schema.properties).toSorted())
})

for (const [what, values, said] of [
  ['a name that is not there', { existingSecrets: 'x' }, /additional properties 'existingSecrets' not allowed/],
  ['an address that is none', { publicUrl: 'compute.example' }, /publicUrl/],
  ['no connector', { connectors: [] }, /connectors/],
  [
    'a connector without a secret',
    { connectors: [{ id: 'provider', managementUrl: 'https://edc.example', apiKeyFrom: 'key' }] },
    /secretFrom/,
  ],
  [
    'a control plane that proves nothing',
    {
      connectors: [{ id: 'plane', dialect: 'data-plane-signaling', signalingUrl: 'https://edc.example/api/signaling' }],
    },
    /secretFrom/,
  ],
  ['a secret among the settings', { settings: { DSC_TOKEN_KEY: 'x' } }, /invalid propertyName 'DSC_TOKEN_KEY'/],
  ['several replicas on one SQLite file', { replicas: 2 }, /replicas: more than one needs database\.existingSecret/],
  ['no replica', { replicas: 0 }, /replicas/],
  ['a limit that is none', { limits: { runningJobs: 'many' } }, /runningJobs/],
  ['metrics that nobody could reach', { serviceMonitor: { enabled: true } }, /needs admin\.expose/],
] as const)
  testOnTestbed(`${what} is refused`, async (t, testbed) => {
    await t.throwsAsync(render(t, testbed, values), { message: said })
  })

testOnTestbed('the settings and the connectors file are such as the service takes', async (t, testbed) => {
  for (const values of [{}, everything]) {
    const objects = await render(t, testbed, values)
    const { data } = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(theOne(objects, 'ConfigMap', 'dataspace-compute-settings'))
    const files = filesOf(theOne(objects, 'Deployment'))
    const folder = await temporaryFolder(t)
    const environment: Record<string, string> = { ...data }
    for (const [name, path] of files) {
      environment[name] = join(folder, path)
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), randomBytes(32).toString('hex'))
    }
    const settings = loadSettings(environment)
    t.is(settings.DSC_ADMIN_TOKEN === undefined, values !== everything)
    t.is(settings.DSC_TOKEN_KEY_PREVIOUS === undefined, values !== everything)
    t.is(settings.DSC_TRUSTED_PROXIES.length, values === everything ? 1 : 0)

    const connectors = z
      .object({ data: z.object({ 'connectors.yaml': z.string() }) })
      .parse(theOne(objects, 'ConfigMap', 'dataspace-compute-connectors')).data['connectors.yaml']
    const file = join(folder, 'connectors.yaml')
    await writeFile(file, connectors.replaceAll('/etc/dataspace-compute/connector-secrets', folder))
    for (const name of ['provider-api-key', 'provider-path'])
      await writeFile(join(folder, name), randomBytes(32).toString('hex'))
    t.deepEqual(problemsOfConnectors(loadConnectors(file), settings, file), [])
    t.like(loadConnectors(file)[0], { id: 'provider', managementUrl: 'https://edc.example:19193/management' })
  }
})

testOnTestbed('the entry of a control plane is such as the service takes, with every field', async (t, testbed) => {
  const url = 'https://edc.example:19182/api/signaling'
  const plane = {
    id: 'plane',
    dialect: 'data-plane-signaling',
    form: 'plain',
    dataPlaneId: 'compute',
    signalingUrl: url,
    callbackAddresses: ['http://localhost:19182/api/signaling'],
    managementUrl: 'https://edc.example:19193/management',
    managementVersion: 'v4',
    apiKeyFrom: 'plane-key',
    transferTypes: ['Compute-PULL', { name: 'Compute-Now-PULL', start: 'sync' }],
    sourceTypes: ['ComputeAsset'],
    labels: ['gold'],
    register: true,
    registrationUrl: 'https://edc.example:19193/management/v4',
    registrationInterval: '2m',
    dataPlaneUrl: 'https://compute.internal/dataplanes/plane',
    tokens: {
      tokenUrl: 'https://id.example/token',
      clientId: 'compute',
      clientSecretFrom: 'plane-client',
      scope: 'transfers',
      issuer: 'https://id.example',
      jwksUrl: 'https://id.example/jwks',
      audience: 'compute',
      subject: 'plane',
    },
    registeredTokens: {
      tokenEndpoint: 'https://id.example/token',
      clientId: 'plane',
      clientSecretFrom: 'plane-client',
      jwksUri: 'https://id.example/jwks',
    },
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    strict: true,
    secretFrom: 'plane-path',
    previousSecretFrom: 'plane-path-before',
  }
  const objects = await render(t, testbed, { connectors: [plane] })
  const { data } = z
    .object({ data: z.object({ 'connectors.yaml': z.string() }) })
    .parse(theOne(objects, 'ConfigMap', 'dataspace-compute-connectors'))
  const folder = await temporaryFolder(t)
  for (const name of ['plane-key', 'plane-client', 'plane-path', 'plane-path-before'])
    await writeFile(join(folder, name), randomBytes(32).toString('hex'))
  const file = join(folder, 'connectors.yaml')
  await writeFile(file, data['connectors.yaml'].replaceAll('/etc/dataspace-compute/connector-secrets', folder))
  const [read] = loadConnectors(file)
  t.like(read, { id: 'plane', dialect: 'data-plane-signaling', signalingUrl: url, labels: ['gold'], strict: true })
  const written = new Set(
    Object.keys(z.array(z.looseObject({})).parse(parse(data['connectors.yaml']).connectors)[0] ?? {}),
  )
  const known = Object.keys(z.toJSONSchema(signalingSchema, { io: 'input' }).properties ?? {})
  // Secrets come as files.
  t.deepEqual(known.filter((field) => !written.has(field)).toSorted(), ['apiKey', 'previousSecret', 'secret'])
})

/** Names and values of the container's `…_FILE` variables, every one of which must be mounted. */
function filesOf(deployment: Rendered): readonly (readonly [string, string])[] {
  const schema = z.looseObject({
    spec: z.looseObject({
      template: z.looseObject({
        spec: z.looseObject({
          containers: z.array(z.looseObject({ env: z.array(z.object({ name: z.string(), value: z.string() })) })),
          volumes: z.array(
            z.looseObject({
              name: z.string(),
              secret: z.looseObject({ items: z.array(z.looseObject({ key: z.string() })).optional() }).optional(),
            }),
          ),
        }),
      }),
    }),
  })
  const { containers, volumes } = schema.parse(deployment).spec.template.spec
  const mounted = volumes.find(({ name }) => name === 'secrets')?.secret?.items?.map(({ key }) => key)
  const env = containers[0]?.env ?? []
  const keys = env.map(({ value }) => value.replace('/etc/dataspace-compute/secrets/', ''))
  if (JSON.stringify(mounted?.toSorted()) !== JSON.stringify(keys.toSorted()))
    throw new Error(`mounted: ${mounted?.join(', ')}; named: ${keys.join(', ')}`)
  return env.map(({ name, value }) => [name, value])
}

/** The parts of a Deployment by which one replica differs from several. */
const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    replicas: z.number(),
    strategy: z.unknown(),
    template: z.looseObject({
      spec: z.looseObject({
        topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string() })).optional(),
        containers: z.array(
          z.looseObject({
            command: z.array(z.string()).optional(),
            env: z.array(z.object({ name: z.string(), value: z.string() })),
            volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
          }),
        ),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
})

testOnTestbed('one replica on SQLite has its volume, and never a second beside it', async (t, testbed) => {
  const objects = await render(t, testbed)
  const { spec } = deploymentSchema.parse(theOne(objects, 'Deployment'))
  t.is(spec.replicas, 1)
  t.deepEqual(spec.strategy, { type: 'Recreate' })
  t.is(spec.template.spec.topologySpreadConstraints, undefined)
  t.deepEqual(kindsOf(objects, 'PersistentVolumeClaim', 'PodDisruptionBudget'), ['PersistentVolumeClaim'])
})

testOnTestbed(
  'several replicas on PostgreSQL come one after the other, and lie on several nodes',
  async (t, testbed) => {
    const objects = await render(t, testbed, { replicas: 3, database: { existingSecret: 'database', key: 'address' } })
    const { spec } = deploymentSchema.parse(theOne(objects, 'Deployment'))
    t.is(spec.replicas, 3)
    t.deepEqual(spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
    const { containers, volumes, topologySpreadConstraints } = spec.template.spec
    t.is(topologySpreadConstraints?.[0]?.topologyKey, 'kubernetes.io/hostname')
    t.like(
      volumes.find(({ name }) => name === 'database'),
      { secret: { secretName: 'database', items: [{ key: 'address', path: 'url' }] } },
    )
    t.is(
      volumes.find(({ name }) => name === 'state'),
      undefined,
    )
    const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8')
    const [node, ...rest] = containers[0]?.command ?? []
    t.is(node, 'node')
    t.true(dockerfile.includes(`${JSON.stringify(rest.at(-1))}]`), 'the program of the image')
    const url = containers[0]?.env.find(({ name }) => name === 'DSC_DATABASE_URL_FILE')?.value
    const folder = containers[0]?.volumeMounts.find(({ name }) => name === 'database')?.mountPath
    t.is(url, `${folder}/url`)
    t.deepEqual(kindsOf(objects, 'PersistentVolumeClaim', 'PodDisruptionBudget'), ['PodDisruptionBudget'])
    t.like(theOne(objects, 'PodDisruptionBudget')['spec'], { maxUnavailable: 1 })
  },
)

testOnTestbed(
  'one replica on PostgreSQL has neither volume nor budget, and the next one comes before it goes',
  async (t, testbed) => {
    const objects = await render(t, testbed, { database: { existingSecret: 'database' } })
    const { spec } = deploymentSchema.parse(theOne(objects, 'Deployment'))
    t.is(spec.replicas, 1)
    t.like(spec.strategy, { type: 'RollingUpdate' })
    t.deepEqual(kindsOf(objects, 'PersistentVolumeClaim', 'PodDisruptionBudget'), [])
  },
)

function kindsOf(objects: readonly Rendered[], ...kinds: readonly string[]): readonly string[] {
  return objects.map(({ kind }) => kind).filter((kind) => kinds.includes(kind))
}

testOnTestbed('limits are such as the service takes, those of single consumers with them', async (t, testbed) => {
  const consumers = [
    { id: 'did:web:consumer.example:1', runningJobs: 1_000, queuedJobs: 1_000_000 },
    { id: 'BPNL000000000001', runningJobs: 0 },
  ]
  const limits = { runningJobs: 100_000, consumerQueuedJobs: 1_000_000, queueTimeout: '12h', consumers }
  const objects = await render(t, testbed, { limits })
  const data = (name: string): Record<string, string> =>
    z.object({ data: z.record(z.string(), z.string()) }).parse(theOne(objects, 'ConfigMap', name)).data
  const settings = data('dataspace-compute-settings')
  const file = join(await temporaryFolder(t), 'limits.yaml')
  t.is(settings['DSC_LIMITS_FILE'], '/etc/dataspace-compute/connectors/limits.yaml')
  await writeFile(file, data('dataspace-compute-connectors')['limits.yaml'] ?? '')
  const names = ['DSC_RUNNING_JOBS', 'DSC_CONSUMER_RUNNING_JOBS', 'DSC_CONSUMER_QUEUED_JOBS', 'DSC_QUEUE_TIMEOUT']
  const given = Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)))
  t.deepEqual(
    loadJobLimits(
      loadSettings({
        ...given,
        DSC_LIMITS_FILE: file,
        DSC_DEVELOPMENT: 'true',
        DSC_BACKEND: 'local',
        DSC_OBJECT_STORE: 'directory',
      }),
    ),
    {
      runningJobs: 100_000,
      consumer: { runningJobs: 100, queuedJobs: 1_000_000 },
      consumers: new Map([
        ['did:web:consumer.example:1', { runningJobs: 1_000, queuedJobs: 1_000_000 }],
        ['BPNL000000000001', { runningJobs: 0 }],
      ]),
      jobsPerAgreement: 1_000,
      queueTimeoutMs: 43_200_000,
    },
  )
  t.false(JSON.stringify(await render(t, testbed)).includes('limits.yaml'))
})

testOnTestbed('the namespace of jobs has a quota that leaves room for them, and limits', async (t, testbed) => {
  const hard = async (values: object): Promise<unknown> => {
    const quota = theOne(await render(t, testbed, values), 'ResourceQuota', 'dataspace-compute-jobs')
    t.is(quota.metadata.namespace, 'dataspace-compute-jobs')
    return z.object({ spec: z.object({ hard: z.unknown() }) }).parse(quota).spec.hard
  }
  const none = { persistentvolumeclaims: '0', services: '0' }
  const room = (jobs: number) => {
    const [one, two] = [String(jobs), String(jobs * 2)]
    return { ...none, 'count/jobs.batch': one, pods: one, 'count/configmaps': two, 'count/secrets': two }
  }
  t.deepEqual(await hard({}), room(2000))
  t.deepEqual(await hard({ limits: { runningJobs: 5000 } }), room(10_000))
  const quota = { pods: 10, 'requests.cpu': 1_500_000, 'requests.memory': '64Gi' }
  t.deepEqual(await hard({ jobs: { quota } }), {
    ...room(2000),
    pods: '10',
    'requests.cpu': '1500000',
    'requests.memory': '64Gi',
  })
  // The same as in the namespaces of consumers.
  const limits = theOne(await render(t, testbed), 'LimitRange', 'dataspace-compute-jobs')
  t.deepEqual(limits['spec'], { limits: loadTenants(undefined).limitRange })
  const neither = await render(t, testbed, { jobs: { quota: null, limitRange: [] } })
  t.deepEqual(kindsOf(neither, 'ResourceQuota', 'LimitRange'), [])
  const rights = objectsIn(await readFile(join(plain, '2-rights.yaml'), 'utf8'))
  t.like(theOne(rights, 'ServiceAccount', 'default'), {
    metadata: { namespace: 'dataspace-compute-jobs' },
    automountServiceAccountToken: false,
  })
})

testOnTestbed('the Role of the chart is k8s/role.yaml, with which the backend is tested', async (t, testbed) => {
  const objects = await render(t, testbed)
  const roles = objects.filter(({ kind }) => /Role/.test(kind))
  t.deepEqual(
    roles.map(({ kind }) => kind),
    ['Role', 'RoleBinding'],
  )
  const alone = objectsIn(await readFile(join(projectRoot, 'k8s/role.yaml'), 'utf8'))
  t.deepEqual(theOne(objects, 'Role')['rules'], theOne(alone, 'Role')['rules'])
  t.is(theOne(objects, 'Role').metadata.namespace, 'dataspace-compute-jobs')
})

testOnTestbed(
  'the ingress has host and path of the public address, and no way to the admin API',
  async (t, testbed) => {
    const ingress = theOne(await render(t, testbed, everything), 'Ingress')
    t.like(ingress['spec'], {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['example.org'], secretName: 'tls' }],
      rules: [
        {
          host: 'example.org',
          http: {
            paths: [{ path: '/compute', pathType: 'Prefix', backend: { service: { port: { name: 'public' } } } }],
          },
        },
      ],
    })
    t.false(JSON.stringify(ingress).includes('admin'))
    const simple = theOne(await render(t, testbed, { ingress: { enabled: true } }), 'Ingress')
    t.like(simple['spec'], { tls: [{ hosts: ['compute.example'] }], rules: [{ http: { paths: [{ path: '/' }] } }] })
  },
)

testOnTestbed('k8s/plain is what the chart gives', async (t) => {
  const script = ['scripts/render-plain.mjs', '--check', `--helm=${await helmProgram()}`]
  await t.notThrowsAsync(promisify(execFile)(process.execPath, script, { cwd: projectRoot }))
})

testOnTestbed(
  'the API server takes the plain files, and everything the chart can make, without a warning',
  async (t, testbed) => {
    const [service, jobs] = [await makeNamespace(testbed), await makeNamespace(testbed)]
    const here = (text: string): string =>
      text
        .replaceAll(/(name|namespace): dataspace-compute-jobs$/gm, `$1: ${jobs}`)
        .replaceAll(/namespace: dataspace-compute$/gm, `namespace: ${service}`)
    const files = (await readdir(plain)).filter((name) => !name.startsWith('1-'))
    const texts = await Promise.all(files.map((name) => readFile(join(plain, name), 'utf8')))
    const values = { ...everything, jobs: { ...everything.jobs, namespace: 'dataspace-compute-jobs' } }
    const replicated = { ...values, replicas: 3, database: { existingSecret: 'database' } }
    const rendered = [...(await render(t, testbed, values)), ...(await render(t, testbed, replicated))]
    const all = rendered.filter(({ kind }) => !['Namespace', 'ServiceMonitor'].includes(kind))
    try {
      for (const text of [...texts, all.map((object) => stringify(object)).join('---\n')]) {
        const dryRun = ['apply', '--dry-run=server', '--warnings-as-errors', '-f', '-']
        t.regex(await kubectl(testbed, dryRun, here(text)), /server dry run/)
      }
    } finally {
      await removeNamespace(testbed, service)
      await removeNamespace(testbed, jobs)
    }
  },
)
