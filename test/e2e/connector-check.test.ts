import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { z } from 'zod'
import { probeAssetId } from '../../entrypoint/connectors/check/probe.ts'
import { runDsc } from '../cli/run-dsc.ts'
import { Dataspace } from '../support/dataspace.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { claimPair, type Testbed, testOnTestbed } from '../support/testbed.ts'

// `dsc connector` against the real pair. The provider is set up for us: provisioner and events. The consumer's connector is not, so it
// stands for one that somebody has yet to set up.

interface Stage {
  readonly entrypoint: Entrypoint
  readonly dataspace: Dataspace
  readonly dataAddressType: string
  /** Protocol addresses of both, as they reach themselves. */
  readonly protocol: { readonly provider: string; readonly bare: string }
}

const secret = 'path-secret-0123456789-abcdefghijklm'

async function startStage(
  t: ExecutionContext,
  testbed: Testbed,
  more: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const { pair, provisionPort, release } = await claimPair(testbed)
  const folder = await mkdtemp(join(tmpdir(), 'dsc-connector-check-'))
  const { providerManagement: managementUrl, providerKey: apiKey } = pair
  const connectors = [
    { id: 'provider', managementUrl, apiKey, dataAddressType: pair.addressType, ...more },
    { id: 'wrong-key', managementUrl, apiKey: 'not-the-key' },
    { id: 'wrong-port', managementUrl: pair.providerProtocol, apiKey },
    { id: 'nobody', managementUrl: 'http://127.0.0.1:9/management', apiKey },
    { id: 'bare', managementUrl: pair.consumerManagement, apiKey: pair.consumerKey, secret },
  ]
  const connectorsFile = join(folder, 'connectors.yaml')
  await writeFile(connectorsFile, stringify({ connectors }))
  const entrypoint = await startEntrypoint({
    publicPort: provisionPort,
    connector: { managementUrl, apiKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
      DSC_LOCAL_DIRECTORY: join(folder, 'work'),
      DSC_CONNECTORS_FILE: connectorsFile,
    },
  })
  t.teardown(async () => {
    await entrypoint.close()
    await rm(folder, { recursive: true, force: true })
    await release()
  })
  const bare = pair.consumerManagement.replace(/3\/management$/, '4/protocol')
  const { addressType: dataAddressType } = pair
  return {
    entrypoint,
    dataspace: new Dataspace(pair),
    dataAddressType,
    protocol: { provider: pair.providerProtocol, bare },
  }
}

const row = z.looseObject({
  name: z.string(),
  outcome: z.string(),
  seen: z.string(),
  mend: z.looseObject({ hint: z.string(), lines: z.array(z.string()) }).optional(),
})
const reportsSchema = z.object({
  connectors: z.array(
    z.looseObject({ id: z.string(), ok: z.boolean(), checks: z.array(row), left: z.array(z.string()).optional() }),
  ),
})

/** Checks connectors by the command; gives the exit code, and each report with its outcomes by name. */
async function check({ entrypoint }: Stage, ...parameters: string[]) {
  const environment = {
    DSC_ADMIN_URL: entrypoint.adminUrl,
    DSC_CONNECTORS_FILE: '', // the service's own is meant
  }
  const { code, stdout, stderr } = await runDsc(['connector', 'check', ...parameters, '--json'], { environment })
  if (stdout === '') throw new Error(stderr)
  const { connectors } = reportsSchema.parse(JSON.parse(stdout))
  return {
    code,
    text: stdout,
    reports: new Map(
      connectors.map(({ id, ok, checks, left }) => [
        id,
        {
          ok,
          left,
          rows: new Map(checks.map((one) => [one.name, one])),
          outcomes: Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome])),
        },
      ]),
    ),
  }
}

testOnTestbed('the real connectors: what is right, what is wrong, and how it is mended', async (t, testbed) => {
  const stage = await startStage(t, testbed)
  const { code, text, reports } = await check(stage)
  t.is(code, 1)
  for (const one of ['not-the-key', secret, testbed.connectors.providerKey]) t.false(text.includes(one))
  const provider = reports.get('provider')
  t.true(provider?.ok)
  t.like(provider?.outcomes, {
    address: 'ok',
    'management-api': 'ok',
    key: 'ok',
    'callback-address': 'ok',
    'public-url': 'ok',
  })
  t.like(reports.get('wrong-key')?.outcomes, { address: 'ok', key: 'failed' })
  t.regex(reports.get('wrong-key')?.rows.get('key')?.mend?.hint ?? '', /web\.http\.management\.auth\.key/)
  const port = reports.get('wrong-port')
  t.like(port?.outcomes, { address: 'ok', 'management-api': 'failed', 'callback-address': 'ok' })
  t.regex(port?.rows.get('management-api')?.mend?.hint ?? '', /managementUrl/)
  t.like(reports.get('nobody')?.outcomes, { address: 'failed', key: 'unknown' })
  t.like(reports.get('bare')?.outcomes, { key: 'ok', provisioner: 'unknown', events: 'unknown' })
})

testOnTestbed('a probe of a connector that is set up brings both messages, twice', async (t, testbed) => {
  const stage = await startStage(t, testbed)
  for (const time of ['first', 'second']) {
    const begun = performance.now()
    const { code, reports } = await check(stage, 'provider', '--probe', stage.protocol.provider)
    t.log(`${time} probe: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    const report = reports.get('provider')
    t.is(code, 0, JSON.stringify([...(report?.rows.values() ?? [])]))
    t.deepEqual(
      Object.values(report?.outcomes ?? {}).filter((outcome) => outcome !== 'ok'),
      [],
      time,
    )
    t.regex(report?.left?.join(' ') ?? '', /asset dataspace-compute-probe-HttpProvision\S* without an offer/)
  }
  // What stays is no offer, and nothing is under way.
  const { provider } = stage.dataspace
  const about = (operandLeft: string) => ({
    '@type': 'QuerySpec',
    filterExpression: [{ operandLeft, operator: '=', operandRight: probeAssetId(stage.dataAddressType) }],
  })
  for (const kind of ['contractdefinitions', 'policydefinitions'])
    t.deepEqual((await provider.send('POST', `/v3/${kind}/request`, about('id'))).body, [], kind)
  const processes = z
    .array(z.looseObject({ state: z.string() }))
    .parse((await provider.send('POST', '/v3/transferprocesses/request', about('assetId'))).body)
  t.true(processes.length >= 4)
  for (const { state } of processes) t.regex(state, /^(?:TERMINATED|DEPROVISION)/)
  const response = await fetch(`${stage.entrypoint.adminUrl}/api/v1/jobs`)
  t.deepEqual(await response.json(), { jobs: [], next: null }, 'no job came of it')
})

testOnTestbed('a probe of a connector that is not set up says what to write', async (t, testbed) => {
  const stage = await startStage(t, testbed)
  const begun = performance.now()
  const { code, reports } = await check(stage, 'bare', '--probe', stage.protocol.bare)
  t.log(`probe: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  t.is(code, 1)
  const report = reports.get('bare')
  t.like(report?.outcomes, { provisioner: 'failed', events: 'warning', key: 'ok' })
  t.log(report?.rows.get('provisioner')?.seen ?? '')
  t.deepEqual(report?.rows.get('provisioner')?.mend?.lines, [
    'provisioner.http.entries.compute.provisioner.type=provider',
    'provisioner.http.entries.compute.data.address.type=HttpProvision',
    `provisioner.http.entries.compute.endpoint=${stage.entrypoint.publicUrl}/connectors/bare/provision/<secret>`,
  ])
})

testOnTestbed('a probe finds a provisioner whose address lacks the secret', async (t, testbed) => {
  const stage = await startStage(t, testbed, { secret })
  const { code, reports } = await check(stage, 'provider', '--probe', stage.protocol.provider)
  t.is(code, 1)
  const rows = reports.get('provider')?.rows
  t.regex(rows?.get('provisioner')?.seen ?? '', /refused: .*not the secret.*\(unauthorized\)/)
  t.like(reports.get('provider')?.outcomes, { provisioner: 'failed', events: 'warning' })
})

testOnTestbed('a probe of a provisioner whose address does not answer ends what it began', async (t, testbed) => {
  // Port 13001 and its like are claimed by us and not listened at: the service has another.
  const { pair, release } = await claimPair(testbed)
  t.teardown(release)
  const stage = await startStage(t, testbed, { dataAddressType: pair.addressType })
  const { reports } = await check(stage, 'provider', '--probe', stage.protocol.provider)
  const report = reports.get('provider')
  t.like(report?.outcomes, { provisioner: 'failed', events: 'ok' })
  t.regex(report?.rows.get('provisioner')?.seen ?? '', /PROVISIONING, as it is when .* its endpoint does not answer/)
  t.is(report?.left?.length, 1, 'nothing goes on')
})
