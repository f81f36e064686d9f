import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { type OffersStandIn, startOffersStandIn } from '../support/offers-stand-in.ts'
import { type DscEnd, runDsc } from './run-dsc.ts'

// `dsc asset publish`, `unpublish` and `diff` as processes, against the real service before a stand-in of a connector.

let folder: string
let standIn: OffersStandIn
let entrypoint: Entrypoint

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dsc-cli-publications-'))
  standIn = await startOffersStandIn()
  entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: standIn.managementUrl, apiKey: standIn.key },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: folder,
    },
  })
  for (const parameters of [
    ['init', join(folder, 'numbers')],
    ['register', join(folder, 'numbers')],
  ]) {
    const { code, stderr } = await dsc('asset', ...parameters)
    if (code !== 0) throw new Error(stderr)
  }
})

test.after.always(async () => {
  await entrypoint.close()
  await standIn.close()
  await rm(folder, { recursive: true, force: true })
})

function dsc(...parameters: string[]): Promise<DscEnd> {
  return runDsc(parameters, { environment: { DSC_ADMIN_URL: entrypoint.adminUrl }, folder })
}

const publication = z.looseObject({
  inStep: z.boolean(),
  changes: z.array(z.looseObject({ object: z.string(), action: z.string() })),
  accessPolicy: z.looseObject({ id: z.string().nullable(), open: z.boolean().nullable() }),
})
const on = ['--connector', 'provider'] as const

test.serial('diff says that nothing is published, by its exit code as well', async (t) => {
  const { code, stdout, stderr } = await dsc('asset', 'diff', 'numbers', ...on)
  t.is(code, 7)
  t.regex(stdout, /^numbers is not published at provider; this would be 1\.0\.0\.\n/)
  t.regex(stdout, /create +contract-definition numbers:offer\n/)
  t.regex(stderr, /warning: Every participant of the dataspace sees this offer and may use it/)
  const dry = await dsc('asset', 'publish', 'numbers', ...on, '--dry-run', '--json')
  t.is(dry.code, 7)
  t.is(publication.parse(JSON.parse(dry.stdout)).inStep, false)
  t.is(standIn.objects.size, 0)
})

test.serial('publish says to whom it is open, and writes nothing the second time', async (t) => {
  const first = await dsc('asset', 'publish', 'numbers', ...on)
  t.is(first.code, 0, first.stderr)
  t.regex(first.stdout, /^numbers 1\.0\.0 is published at provider\.\n/)
  t.regex(first.stdout, /access policy +numbers:policy:[0-9a-f]{16} \(every participant sees the offer\)\n/)
  t.regex(first.stderr, /without any condition/)
  const again = await dsc('asset', 'publish', 'numbers', ...on)
  t.regex(again.stdout, /^numbers 1\.0\.0 was published already, and nothing differs at provider\.\n/)
  t.is((await dsc('asset', 'diff', 'numbers', ...on)).code, 0)
})

test.serial('policies come from files in JSON or YAML, from the connector, or are open', async (t) => {
  const policy = { '@type': 'Set', permission: [{ action: 'use' }] }
  await writeFile(join(folder, 'members.json'), JSON.stringify(policy))
  await writeFile(join(folder, 'members.yaml'), `'@type': Set\npermission:\n  - action: use # whoever it is\n`)
  const publish = ['asset', 'publish', 'numbers', ...on, '--json'] as const
  const fromJson = await dsc(...publish, '--access-policy', 'members.json')
  t.is(fromJson.code, 0, fromJson.stderr)
  t.is(fromJson.stderr, '')
  t.is(publication.parse(JSON.parse(fromJson.stdout)).accessPolicy.open, false)
  const fromYaml = await dsc(...publish, '--access-policy', 'members.yaml')
  t.deepEqual(publication.parse(JSON.parse(fromYaml.stdout)).changes, [], 'the same policy')
  standIn.put('policydefinitions/fair', { '@id': 'fair', policy: { 'odrl:permission': {} } })
  const named = await dsc(...publish, '--contract-policy', 'id:fair')
  t.is(named.code, 0, named.stderr)
  t.is((await dsc('asset', 'diff', 'numbers', ...on, '--contract-policy', 'open')).code, 7)
  t.is((await dsc(...publish, '--access-policy', 'open')).code, 0)
})

test.serial('what changed is shown by field', async (t) => {
  const file = join(folder, 'numbers/asset.yaml')
  const yaml = await readFile(file, 'utf8')
  await writeFile(file, yaml.replace('version: 1.0.0', 'version: 1.1.0').replace('timeout: 1m', 'timeout: 3m'))
  t.is((await dsc('asset', 'register', join(folder, 'numbers'))).code, 0)
  const { code, stdout } = await dsc('asset', 'diff', 'numbers', ...on)
  t.is(code, 7)
  t.regex(stdout, /^numbers at provider differs: it shows 1\.0\.0, wanted is 1\.1\.0\.\n/)
  t.regex(stdout, /update +asset numbers +urn:dataspace-compute:limits\.timeoutSeconds +60 +180\n/)
  const old = await dsc('asset', 'publish', 'numbers', ...on, '--asset-version', '1.0.0')
  t.regex(old.stderr, /The catalogue describes 1\.0\.0, but new transfers get 1\.1\.0\./)
})

test.serial('errors have their exit codes and say what to do', async (t) => {
  const ends: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['asset', 'publish', 'numbers'], 2, /required option '--connector <id>' not specified/],
    [['asset', 'publish', 'numbers', '--connector', '../x'], 2, /lower case letters/],
    [['asset', 'publish', 'numbers', ...on, '--access-policy', 'id:'], 2, /After id: comes/],
    [['asset', 'publish', 'numbers', ...on, '--access-policy', 'nowhere.json'], 3, /nowhere\.json cannot be read/],
    [['asset', 'publish', 'nobody', ...on], 3, /No compute asset "nobody"/],
    [['asset', 'diff', 'numbers', '--connector', 'nobody'], 3, /there are provider/],
    [['asset', 'publish', 'numbers', ...on, '--access-policy', 'numbers/numbers.txt'], 4, /holds no policy/],
    [['asset', 'publish', 'numbers', ...on, '--access-policy', 'id:none'], 4, /has no policy definition "none"/],
  ]
  for (const [parameters, exit, expected] of ends) {
    const { code, stdout, stderr } = await dsc(...parameters)
    t.is(code, exit, `${parameters.join(' ')}: ${stderr}`)
    t.is(stdout, '')
    t.regex(stderr, expected)
  }
  standIn.fault(() => ({ status: 401 }))
  t.is((await dsc('asset', 'publish', 'numbers', ...on)).code, 1)
  standIn.fault(() => 'cut-before')
  t.is((await dsc('asset', 'publish', 'numbers', ...on)).code, 5)
  standIn.fault(() => undefined)
})

test.serial('unpublish says what was removed and what the connector keeps', async (t) => {
  const reason = JSON.stringify([{ message: 'it has agreements' }])
  standIn.fault((call) => (call === 'DELETE /v3/assets/numbers' ? { status: 409, body: reason } : undefined))
  const { code, stdout } = await dsc('asset', 'unpublish', 'numbers', ...on)
  t.is(code, 0)
  t.regex(stdout, /^numbers is published no more at provider\.\n/)
  t.regex(stdout, /removed +contract-definition +numbers:offer\n/)
  t.regex(stdout, /kept +asset +numbers +it has agreements\n/)
  standIn.fault(() => undefined)

  const foreign = await dsc('asset', 'unpublish', 'numbers', ...on, '--json')
  t.is(foreign.code, 0)
  t.regex((await dsc('asset', 'unpublish', 'numbers', ...on)).stdout, /^numbers is not published at provider\.\n/)
  standIn.put('assets/numbers', { '@id': 'numbers' })
  const refused = await dsc('asset', 'unpublish', 'numbers', ...on)
  t.is(refused.code, 4)
  t.regex(refused.stderr, /not published from here.*\n.*--adopt takes it over/s)
  t.is((await dsc('asset', 'unpublish', 'numbers', ...on, '--adopt')).code, 0)
  t.deepEqual([...standIn.objects.keys()], ['policydefinitions/fair'])
})
