import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { SettingsError } from './load.ts'
import { loadTenants } from './tenants.ts'

async function fileWith(t: ExecutionContext, text: string): Promise<string> {
  const path = join(await temporaryFolder(t), 'tenants.yaml')
  await writeFile(path, text)
  return path
}

test('without a file, or with an empty one, the defaults hold', async (t) => {
  const defaults = loadTenants(undefined)
  t.is(defaults.prefix, 'dsc-consumer')
  t.is(defaults.quota['pods'], '50')
  t.deepEqual(defaults.copies, { secrets: [], configMaps: [] })
  // For containers that say nothing; ours say everything, and would be refused where there is a `max` below.
  t.deepEqual(
    defaults.limitRange.map((one) => Object.keys(one)),
    [['type', 'default', 'defaultRequest']],
  )
  t.deepEqual(loadTenants(await fileWith(t, 'limitRange: []')).limitRange, [])
  t.deepEqual(loadTenants(await fileWith(t, '# nothing yet\n')), defaults)
})

test('what a file says is taken', async (t) => {
  const text = `
prefix: ours
labels: {team: a}
quota: {pods: 3, requests.cpu: "1.5"}
limitRange: [{type: Container, max: {cpu: "4"}}]
network: {clusterRanges: [34.0.0.0/8], dns: [{namespaceSelector: {}}]}
copies: {secrets: [registry-key]}
clusterRole: dataspace-compute-tenant
`
  t.like(loadTenants(await fileWith(t, text)), {
    prefix: 'ours',
    quota: { pods: '3', 'requests.cpu': '1.5' },
    limitRange: [{ type: 'Container', max: { cpu: '4' } }],
    network: { clusterRanges: ['34.0.0.0/8'], dns: [{ namespaceSelector: {} }], egress: [] },
    copies: { secrets: ['registry-key'], configMaps: [] },
    clusterRole: 'dataspace-compute-tenant',
  })
})

for (const [what, text, where] of [
  ['an unknown field', 'quotas: {}', /quotas/],
  ['a prefix that is too long', `prefix: ${'a'.repeat(31)}`, /prefix: expected at most 30/],
  ['a range that is none', 'network: {clusterRanges: [everything]}', /clusterRanges\[0\]: expected a range/],
  ['a limit without a type', 'limitRange: [{max: {cpu: 1}}]', /limitRange\[0\]\.type/],
  ['no YAML', 'a: [', /tenants\.yaml/],
  ['a list', '- a', /expected/i],
] as const)
  test(`${what} is an error that says where`, async (t) => {
    const path = await fileWith(t, text)
    t.throws(() => loadTenants(path), { instanceOf: SettingsError, message: where })
  })

test('a file that is not there is an error of the setting', (t) => {
  t.throws(() => loadTenants('/no/such/file'), { instanceOf: SettingsError, message: /DSC_TENANTS_FILE/ })
})
