import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import { loadTenants } from '../../config/tenants.ts'
import type { EgressOptions } from '../../k8s-client/tenants/options.ts'
import { policySpecs } from '../../k8s-client/tenants/policies.ts'
import { resolveHosts } from '../../k8s-client/tenants/resolve-hosts.ts'
import { chart, helm } from '../install/helm.ts'
import { projectRoot } from '../support/entrypoint.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown().optional(),
  data: z.record(z.string(), z.string()).optional(),
})

function objectsIn(text: string) {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object))
}

async function render(t: ExecutionContext, testbed: Testbed, values: object) {
  const file = join(await temporaryFolder(t), 'values.yaml')
  await writeFile(file, stringify(values))
  const example = join(projectRoot, 'k8s/example-values.yaml')
  const name = 'dataspace-compute'
  return objectsIn(await helm(testbed, 'template', name, chart, '-n', name, '-f', example, '-f', file))
}

const hosts = ['10.0.0.1:8080', '10.0.0.2', '[fd00::1]:81']
const peer = { podSelector: { matchLabels: { app: 'minio' } } }
const rule = { to: [{ ipBlock: { cidr: '10.9.0.0/16' } }], ports: [{ port: 80, protocol: 'TCP' }] }

for (const [what, endpoint, jobs, inputHosts] of [
  ['an object store by its address', 'http://10.0.0.7:9000', {}, []],
  [
    'one by its Service',
    'http://minio.storage.svc:9000',
    { clusterRanges: ['34.0.0.0/8', '2a00::/16', 'fd00::/8'] },
    hosts,
  ],
  ['one by an IPv6 address', 'https://[fd00::7]', {}, []],
  ['one by a name', 'https://minio.example', { clusterRanges: ['34.0.0.0/8', '2a00::/16'] }, []],
  [
    'one by a name, with rules besides',
    'https://minio.example:9000',
    { dns: [peer], egress: [rule] },
    hosts.slice(0, 1),
  ],
  ['one that is told', 'https://minio.example', { objectStore: [peer] }, []],
] as const)
  testOnTestbed(`the chart’s policies are those that the service makes: ${what}`, async (t, testbed) => {
    t.timeout(900_000) // Helm may have to be built
    const objects = await render(t, testbed, {
      s3: { endpoint },
      networkPolicies: { jobs },
      jobs: { inputHosts: [...inputHosts] },
    })
    const options: EgressOptions = { storeEndpoint: endpoint, clusterRanges: [], egress: [], inputHosts, ...jobs }
    const specs = policySpecs(options, await resolveHosts(inputHosts))
    const names = { 'deny-all': '', 'object-store': '-object-store', 'url-inputs': '-url-inputs' } as const
    for (const [own, suffix] of Object.entries(names)) {
      const found = objects.filter(
        ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `dataspace-compute-jobs${suffix}`,
      )
      t.is(found.length, 1, own)
      t.deepEqual(found[0]?.spec, JSON.parse(JSON.stringify(specs[own])), own)
    }
  })

testOnTestbed('a store that surely has a private address needs its peers, and then has them', async (t, testbed) => {
  for (const endpoint of [
    'http://minio:9000',
    'https://minio.internal',
    'http://s3.storage.local:9000',
    'http://s3.home.arpa.',
  ]) {
    const { hostname } = new URL(endpoint)
    const message = new RegExp(
      `networkPolicies\\.jobs\\.objectStore: needed, .* ${hostname.replaceAll('.', '\\.')}, is`,
    )
    await t.throwsAsync(render(t, testbed, { s3: { endpoint } }), { message }, endpoint)
    await t.notThrowsAsync(
      render(t, testbed, { s3: { endpoint }, networkPolicies: { jobs: { objectStore: [peer] } } }),
      endpoint,
    )
    // It is pods that must reach it.
    await t.notThrowsAsync(render(t, testbed, { s3: { endpoint, podEndpoint: 'http://10.0.0.7:9000' } }), endpoint)
    // The service resolves it where it makes the policies itself.
    await t.notThrowsAsync(render(t, testbed, { s3: { endpoint }, jobs: { tenancy: { mode: 'namespace' } } }), endpoint)
  }
})

testOnTestbed('whoever installs is told what a store with a name opens', async (t, testbed) => {
  const notes = async (endpoint: string, objectStore: object[] = []) => {
    const file = join(await temporaryFolder(t), 'values.yaml')
    await writeFile(file, stringify({ s3: { endpoint }, networkPolicies: { jobs: { objectStore } } }))
    const example = join(projectRoot, 'k8s/example-values.yaml')
    return helm(testbed, 'install', 'notes', chart, '--dry-run=client', '-n', 'notes', '-f', example, '-f', file)
  }
  const told = /of the object store only a name is known: s3\.example\.[^]*every public address at its port 9443;/
  t.regex(await notes('https://s3.example:9443'), told)
  t.notRegex(await notes('https://s3.example:9443', [peer]), told)
  t.notRegex(await notes('http://10.0.0.7:9443'), /only a name is known/)
})

testOnTestbed(
  'with a namespace per consumer the chart gives the rights of k8s/tenants-role.yaml, and a file that is taken',
  async (t, testbed) => {
    t.timeout(900_000)
    const file = { quota: { pods: 3 }, copies: { secrets: ['registry-key'] } }
    const objects = await render(t, testbed, {
      jobs: { tenancy: { mode: 'namespace', file } },
      networkPolicies: { jobs: { clusterRanges: ['34.0.0.0/8'] } },
    })
    const alone = objectsIn(await readFile(join(projectRoot, 'k8s/tenants-role.yaml'), 'utf8'))
    t.true(alone.length >= 5)
    const bare = ({ metadata: { name }, ...rest }: z.output<typeof objectSchema>) => ({ name, ...rest })
    for (const one of alone) {
      const rendered = objects.find(({ kind, metadata }) => kind === one.kind && metadata.name === one.metadata.name)
      t.deepEqual(rendered === undefined ? undefined : bare(rendered), bare(one), `${one.kind} ${one.metadata.name}`)
    }
    t.false(
      objects.some(({ kind, metadata }) => kind === 'Role' && metadata.name === 'dataspace-compute'),
      'no rights in the shared namespace',
    )
    t.false(objects.some(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.includes('-jobs')))
    t.false(
      objects.some(({ kind }) => ['ResourceQuota', 'LimitRange'].includes(kind)),
      'those are the service’s',
    )

    const path = join(await temporaryFolder(t), 'tenants.yaml')
    const data = (name: string) =>
      objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data
    await writeFile(path, data('dataspace-compute-tenants')?.['tenants.yaml'] ?? '')
    t.like(loadTenants(path), {
      prefix: 'dsc-consumer',
      quota: { pods: '3' },
      copies: { secrets: ['registry-key'] },
      network: { clusterRanges: ['34.0.0.0/8'] },
      clusterRole: 'dataspace-compute-tenant',
    })
    t.like(data('dataspace-compute-settings'), { DSC_TENANCY: 'namespace' })
    const shared = await render(t, testbed, { networkPolicies: { enforced: true } })
    t.like(shared.find(({ metadata }) => metadata.name === 'dataspace-compute-settings')?.data, {
      DSC_TENANCY: 'shared',
      DSC_NETWORK_POLICIES: 'enforced',
    })
    t.false(
      shared.some(({ kind }) => kind.startsWith('ClusterRole') || kind.startsWith('Validating')),
      'nothing of the cluster',
    )
  },
)
