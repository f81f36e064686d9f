import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { SimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { type DscEnd, runDsc } from './run-dsc.ts'

// The command as a process against the real service with local backend, directory store and simulated connector. One story after
// the other: they share the service, and later ones use the assets and jobs of earlier ones.

const token = 'admin-token-0123456789-abcdefghijklm'
let assets: string
let connector: SimulatedConnector
let entrypoint: Entrypoint
/** Jobs by the asset they are of. */
const jobs = new Map<string, string>()

test.before(async () => {
  assets = await mkdtemp(join(tmpdir(), 'dsc-cli-assets-'))
  connector = await simulatedConnector('management-key-of-the-provider')
  entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: assets,
      DSC_ADMIN_TOKEN: token,
    },
  })
  const address = `${entrypoint.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
})

test.after.always(async () => {
  await entrypoint.close()
  await connector.close()
  await rm(assets, { recursive: true, force: true })
})

/** `dsc` with what opens the admin API. */
function dsc(...parameters: string[]): Promise<DscEnd> {
  return runDsc(parameters, { environment: { DSC_ADMIN_URL: entrypoint.adminUrl, DSC_ADMIN_TOKEN: token } })
}

/** Runs it, expects it to go well, and reads its JSON. */
async function json<T>(t: ExecutionContext, schema: z.ZodType<T>, ...parameters: string[]): Promise<T> {
  const { code, stdout, stderr } = await dsc(...parameters, '--json')
  t.is(code, 0, stderr)
  return schema.parse(JSON.parse(stdout))
}

const errorSchema = z.object({
  error: z.object({
    title: z.string(),
    detail: z.string().optional(),
    code: z.string().optional(),
    status: z.number().optional(),
    problems: z.array(z.looseObject({ where: z.string(), message: z.string() })).optional(),
    hint: z.string().optional(),
    exitCode: z.number(),
  }),
})

/** Runs it, expects it to go wrong with this exit code, and reads the error for programs. */
async function error(t: ExecutionContext, exitCode: number, ...parameters: string[]) {
  const { code, stdout, stderr } = await dsc(...parameters, '--json')
  t.is(code, exitCode, stderr)
  t.is(stdout, '')
  const parsed = errorSchema.parse(JSON.parse(stderr)).error
  t.is(parsed.exitCode, exitCode)
  return parsed
}

const assetSchema = z.strictObject({
  id: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  registeredAt: z.iso.datetime(),
  bundled: z.array(z.strictObject({ name: z.string(), size: z.int(), sha256: z.string().length(64) })),
})
const jobSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  assetId: z.string(),
  attempts: z.array(z.looseObject({ number: z.int() })),
  failure: z.looseObject({ cause: z.string() }).optional(),
  result: z.looseObject({ files: z.array(z.looseObject({ path: z.string(), size: z.int() })) }).optional(),
})
const pageSchema = z.strictObject({ jobs: z.array(jobSchema), next: z.string().nullable() })
const whySchema = z.strictObject({
  id: z.string(),
  state: z.string(),
  headline: z.string().min(1),
  details: z.array(z.string()),
  observed: z.looseObject({ phase: z.string() }).nullable(),
  notObserved: z.string().nullable(),
  failure: z.looseObject({ cause: z.string(), message: z.string(), hint: z.string() }).nullable(),
  lastLogLines: z.array(z.string()),
  hint: z.string().nullable(),
  next: z.array(z.string()),
})

/** A new asset in a folder of its own, with another worker or input where one is given, registered. */
async function offer(t: ExecutionContext, id: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = join(assets, id)
  t.is((await dsc('asset', 'init', folder)).code, 0)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const { code, stderr } = await dsc('asset', 'register', folder)
  t.is(code, 0, stderr)
}

/** The consumer asks for an asset; resolves when its job is in one of the states. */
async function jobReaches(t: ExecutionContext, id: string, states: readonly string[]): Promise<string> {
  connector.request(id, { PERCENTILE: 90 })
  const job = await eventually(`a job of ${id} to be ${states.join(' or ')}`, async () => {
    const [newest] = (await json(t, pageSchema, 'job', 'list', '--asset', id, '--limit', '1')).jobs
    return newest !== undefined && states.includes(newest.state)
      ? { done: newest.id }
      : { pending: JSON.stringify(newest) }
  })
  jobs.set(id, job)
  return job
}

function known(id: string): string {
  const job = jobs.get(id)
  if (job === undefined) throw new Error(`an earlier test was to make a job of ${id}`)
  return job
}

test.serial('asset init writes an asset that is valid, and refuses to overwrite', async (t) => {
  const folder = join(assets, 'numbers')
  const init = z.strictObject({ id: z.string(), title: z.string(), folder: z.string(), files: z.array(z.string()) })
  const made = await json(t, init, 'asset', 'init', folder)
  t.is(made.id, 'numbers')
  t.deepEqual(made.files.toSorted(), [
    'Dockerfile',
    'README.md',
    'asset.yaml',
    'numbers.env',
    'numbers.txt',
    'worker.mjs',
  ])
  const validated = await dsc('asset', 'validate', folder)
  t.is(validated.code, 0)
  t.regex(validated.stdout, /numbers 1\.0\.0 is valid/)
  t.regex(validated.stderr, /asset\.yaml:\d+:\d+ worker\.image: names no digest/, 'a warning')
  t.is((await error(t, 4, 'asset', 'init', folder)).title, `${folder} holds files that would be overwritten`)
})

test.serial('a valid asset is registered, shown, and replaced while no job used it', async (t) => {
  const folder = join(assets, 'numbers')
  const registered = await json(t, assetSchema, 'asset', 'register', folder)
  t.deepEqual([registered.id, registered.version], ['numbers', '1.0.0'])
  t.deepEqual(
    registered.bundled.map(({ name, size }) => [name, size]),
    [['numbers.txt', 20]],
  )

  const again = await error(t, 4, 'asset', 'register', folder)
  t.is(again.code, 'asset-exists')
  t.regex(again.hint ?? '', /--replace/)
  await writeFile(join(folder, 'numbers.txt'), '1\n2\n3\n')
  const replaced = await json(t, assetSchema, 'asset', 'register', folder, '--replace')
  t.is(replaced.bundled[0]?.size, 6)

  const list = await json(t, z.strictObject({ assets: z.array(assetSchema) }), 'asset', 'list')
  t.deepEqual(list.assets, [replaced])
  const table = await dsc('asset', 'list')
  t.regex(table.stdout, /^ID +VERSION +OFFERED +AGE +FILES +SIZE\nnumbers +1\.0\.0 +yes +\d+s +1 +6 B\n$/)
  const details = await json(
    t,
    assetSchema.extend({ document: z.looseObject({}), dotenv: z.string().nullable() }),
    'asset',
    'show',
    'numbers',
  )
  t.is(details.dotenv, await readFile(join(folder, 'numbers.env'), 'utf8'))
  const page = (await dsc('asset', 'show', 'numbers')).stdout
  for (const part of [
    /numbers 1\.0\.0/,
    /PERCENTILE +number/,
    /summary\.json +file +yes/,
    /bundled numbers\.txt/,
    /PERCENTILE=50/,
  ])
    t.regex(page, part)
})

test.serial('a job of the new asset succeeds on the local backend', async (t) => {
  const id = await jobReaches(t, 'numbers', ['succeeded'])
  const job = await json(t, jobSchema, 'job', 'show', id)
  t.deepEqual(
    job.result?.files.map(({ path }) => path),
    ['summary.json'],
  )
  t.is((await dsc('job', 'logs', id)).stdout, '3 numbers summarised in summary.json\n')
  t.regex((await dsc('job', 'logs', id, '--container', 'upload')).stdout, /summary\.json/)
  t.regex((await dsc('job', 'show', id)).stdout, /Result\n[^]*summary\.json +\d+ B/)
  const why = await json(t, whySchema, 'job', 'why', id)
  t.regex(why.headline, /ended well: 1 file/)
  t.is(why.failure, null)
  const { code, stdout } = await dsc('job', 'logs', id, '--follow')
  t.is(code, 0)
  t.is(stdout, '3 numbers summarised in summary.json\n', 'nothing to follow: printed once')
})

test.serial('a job that failed is explained', async (t) => {
  await offer(t, 'broken', { 'numbers.txt': '1\ntwo\n' })
  const id = await jobReaches(t, 'broken', ['failed'])
  const why = await json(t, whySchema, 'job', 'why', id)
  t.is(why.failure?.cause, 'exit-code')
  t.deepEqual(why.lastLogLines, ['numbers.txt line 2: "two" is no number'])
  t.true(why.details.some((text) => text.includes('limits.retries is 0')))
  const { code, stdout } = await dsc('job', 'why', id)
  t.is(code, 0, 'the command did what it was asked')
  for (const part of [
    /The job failed: the worker ended with an error \(exit-code\)/,
    /exited with 1/,
    /"two" is no number/,
    /What to do\n/,
    /starts a new transfer/,
  ])
    t.regex(stdout, part)
  const failed = await json(t, pageSchema, 'job', 'list', '--state', 'failed')
  t.deepEqual(
    failed.jobs.map((job) => job.id),
    [id],
  )
  t.regex((await dsc('job', 'list', '--state', 'failed')).stdout, /failed +broken +consumer +1 +\d+s +exit-code/)
})

test.serial('the log of a job that runs is followed to its end', async (t) => {
  // It runs until the test has seen enough: workers of the local backend run in their own folder.
  const worker = `import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
console.log('first')
while (!existsSync('enough')) await new Promise((resolve) => setTimeout(resolve, 50))
console.log('last')
writeFileSync(join(process.env.OUTPUT_DIR, 'summary.json'), '{}')
`
  await offer(t, 'slow', { 'worker.mjs': worker })
  const id = await jobReaches(t, 'slow', ['running'])
  const following = dsc('job', 'logs', id, '-f')
  const why = await json(t, whySchema, 'job', 'why', id)
  t.is(why.state, 'running')
  t.regex(why.next.join(' '), /It may run for 1m/)
  t.deepEqual(why.lastLogLines, ['first'])
  await writeFile(join(assets, 'slow', 'enough'), '')
  const { code, stdout, stderr } = await following
  t.is(code, 0)
  t.is(stdout, 'first\nlast\n')
  t.regex(stderr, /the job is succeeded/)
})

test.serial('a job is cancelled while it runs, once', async (t) => {
  await offer(t, 'endless', { 'worker.mjs': 'console.log("begun")\nsetInterval(() => {}, 1000)\n' })
  const id = await jobReaches(t, 'endless', ['running'])
  const cancelled = z.strictObject({ by: z.literal('operator'), reason: z.string() })
  const job = await json(t, jobSchema.extend({ cancelled }), 'job', 'cancel', id, '--reason', 'maintenance')
  t.is(job.state, 'cancelled')
  t.is(job.cancelled.reason, 'maintenance')
  t.is((await error(t, 4, 'job', 'cancel', id)).code, 'job-over')
  const why = (await dsc('job', 'why', id)).stdout
  t.regex(why, /cancelled by the operator/)
  t.regex(why, /Reason given: maintenance/)
})

test.serial('a paused asset gets no new jobs until it is resumed', async (t) => {
  const schema = z.strictObject({ id: z.string(), versions: z.array(assetSchema) })
  const paused = await json(t, schema, 'asset', 'pause', 'numbers')
  t.deepEqual(
    paused.versions.map(({ enabled }) => enabled),
    [false],
  )
  t.regex((await dsc('asset', 'list')).stdout, /numbers +1\.0\.0 +no /)
  const { consumerTransferId } = connector.request('numbers')
  t.is((await connector.ended(consumerTransferId)).state, 'TERMINATED')
  t.is((await dsc('asset', 'resume', 'numbers')).stdout, 'numbers is offered again.\n')
  await jobReaches(t, 'numbers', ['succeeded'])
  t.is((await error(t, 3, 'asset', 'pause', 'nobody')).code, 'asset-unknown')
})

test.serial('pages of jobs follow each other', async (t) => {
  const first = await json(t, pageSchema, 'job', 'list', '--limit', '2')
  t.is(first.jobs.length, 2)
  const second = await json(t, pageSchema, 'job', 'list', '--limit', '2', '--before', first.next ?? '')
  t.deepEqual(
    [...first.jobs, ...second.jobs].map((job) => job.assetId),
    ['numbers', 'endless', 'slow', 'broken'],
  )
})

test.serial('an asset with errors is refused before anything is sent, with every place', async (t) => {
  const folder = join(assets, 'wrong')
  t.is((await dsc('asset', 'init', folder)).code, 0)
  const file = join(folder, 'asset.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace('timeout: 1m', 'timeout: soon').replace('bundled: numbers.txt', 'bundled: nowhere.txt'),
  )
  await writeFile(join(folder, 'wrong.env'), 'PERCENTILE=1\nPATH=/bin\n')
  for (const command of ['validate', 'register']) {
    const { code, stdout, stderr } = await dsc('asset', command, folder)
    t.is(code, 4)
    t.is(stdout, '')
    t.regex(stderr, /3 errors/)
    t.regex(stderr, /asset\.yaml:\d+:\d+ limits\.timeout: expected a duration/)
    t.regex(stderr, /asset\.yaml:\d+:\d+ inputs\[0\]\.from\.bundled: the file nowhere\.txt is not there/)
    t.regex(stderr, /wrong\.env:2: PATH is reserved/)
  }
  const { code, stdout } = await dsc('asset', 'validate', folder, '--json')
  t.is(code, 4)
  const place = z.looseObject({ file: z.string(), line: z.int(), where: z.string(), message: z.string() })
  const report = z.looseObject({ valid: z.literal(false), problems: z.array(place), warnings: z.array(place) })
  t.deepEqual(
    report.parse(JSON.parse(stdout)).problems.map(({ where }) => where),
    ['limits.timeout', '', 'inputs[0].from.bundled'],
  )
})

test.serial('an asset is removed only when that was said', async (t) => {
  t.is((await error(t, 2, 'asset', 'remove', 'broken')).hint, 'Say so with --yes.')
  const removed = z.strictObject({ id: z.string(), removed: z.array(z.string()) })
  t.deepEqual(await json(t, removed, 'asset', 'remove', 'broken', '--yes'), { id: 'broken', removed: ['1.0.0'] })
  t.is((await error(t, 3, 'asset', 'remove', 'broken', '--yes')).code, 'asset-unknown')
  t.is((await error(t, 3, 'asset', 'show', 'broken')).code, 'asset-unknown')
  const why = await json(t, whySchema, 'job', 'why', known('broken'))
  t.is(why.failure?.cause, 'exit-code', 'also explained without its asset')
})

test.serial('a bundled file of many megabytes is streamed whole', async (t) => {
  const folder = join(assets, 'large')
  t.is((await dsc('asset', 'init', folder)).code, 0)
  const size = 64 * 2 ** 20
  await writeFile(join(folder, 'numbers.txt'), Buffer.alloc(size, '1\n'))
  const registered = await json(t, assetSchema, 'asset', 'register', folder)
  t.is(registered.bundled[0]?.size, size)
  await writeFile(join(folder, 'token'), 'another-token-of-somebody-else-0123456789\n')
  const refused = await runDsc([
    'asset',
    'register',
    folder,
    '--replace',
    '--admin-url',
    entrypoint.adminUrl,
    '--token-file',
    join(folder, 'token'),
  ])
  t.is(refused.code, 6, 'told although the upload was under way')
  t.regex(refused.stderr, /DSC_ADMIN_TOKEN/)
})

test.serial('what is not there, not reachable or not allowed has its own exit code', async (t) => {
  t.is((await error(t, 3, 'job', 'show', randomUUID())).code, 'job-unknown')
  const noLog = await dsc('job', 'logs', known('numbers'), '--attempt', '7')
  t.is(noLog.code, 3)
  t.regex(noLog.stderr, /There is no log of worker of attempt 7/)
  t.is(
    (await error(t, 3, 'asset', 'validate', join(assets, 'nowhere'))).title,
    `There is no file or folder ${join(assets, 'nowhere')}`,
  )
  const away = await runDsc(['asset', 'list', '--admin-url', 'http://127.0.0.1:1'])
  t.is(away.code, 5)
  t.regex(away.stderr, /The service does not answer at http:\/\/127\.0\.0\.1:1\n.*(?:ECONNREFUSED|bad port)/)
  const stranger = await runDsc(['asset', 'list', '--admin-url', entrypoint.adminUrl])
  t.is(stranger.code, 6)
  const elsewhere = await runDsc(['asset', 'list', '--admin-url', connector.providerManagement])
  t.is(elsewhere.code, 6, 'a connector asks for its own key')
  t.regex(elsewhere.stderr, /This is not how dataspace-compute answers/)
})

test.serial('wrong command lines end with 2 and say what is right', async (t) => {
  const wrong: readonly [readonly string[], RegExp][] = [
    [[], /Usage: dsc/],
    [['asset'], /Usage: dsc asset/],
    [['asset', 'lst'], /Did you mean list\?/],
    [['asset', 'show'], /missing required argument 'id'/],
    [['asset', 'show', '../x'], /lower case letters, digits and -/],
    [['job', 'list', '--state', 'lost'], /Allowed choices are accepted, queued/],
    [['job', 'list', '--limit', '0'], /whole number from 1 to 500/],
    [['job', 'list', '--unknown'], /unknown option '--unknown'/],
    [['asset', 'list', 'too', 'many'], /too many arguments/],
    [['completion', 'powershell'], /Allowed choices are bash, zsh, fish/],
  ]
  for (const [parameters, expected] of wrong) {
    const { code, stdout, stderr } = await dsc(...parameters)
    t.is(code, 2, parameters.join(' '))
    t.is(stdout, '')
    t.regex(stderr, expected)
  }
  const help = await dsc('job', 'why', '--help')
  t.is(help.code, 0)
  t.regex(help.stdout, /Examples:\n/)
})

const checkSchema = z.strictObject({
  connectors: z.array(
    z.looseObject({
      id: z.string(),
      ok: z.boolean(),
      checks: z.array(
        z.looseObject({
          name: z.string(),
          outcome: z.enum(['ok', 'warning', 'failed', 'unknown']),
          seen: z.string(),
          mend: z.looseObject({ hint: z.string(), where: z.string(), lines: z.array(z.string()) }).optional(),
        }),
      ),
    }),
  ),
})

test.serial('connectors of the service are listed with what was heard of them, and checked by it', async (t) => {
  const list = await json(t, z.looseObject({ connectors: z.array(z.looseObject({})) }), 'connector', 'list')
  t.like(list.connectors[0], {
    id: 'provider',
    provisionUrl: `${entrypoint.publicUrl}/connectors/provider/provision`,
    heard: { provision: { assetId: 'numbers' } },
  })
  t.regex(JSON.stringify(list), /"event":\{.*"answered":\{/)
  t.false(JSON.stringify(list).includes(connector.providerKey))
  t.regex(
    (await dsc('connector', 'list')).stdout,
    /^ID +MANAGEMENT API +PROVISION +EVENT +ANSWERED +FAILED +REFUSED\nprovider /,
  )

  const { connectors } = await json(t, checkSchema, 'connector', 'check')
  t.deepEqual(
    connectors[0]?.checks.map(({ outcome }) => outcome),
    Array.from({ length: 7 }, () => 'ok'),
    JSON.stringify(connectors),
  )
  const page = (await dsc('connector', 'check', 'provider')).stdout
  t.regex(page, /^provider: no fault was found\nCHECK +OUTCOME +SEEN\naddress +ok /)
  t.notRegex(page, /to mend/)
  t.is((await error(t, 3, 'connector', 'check', 'nobody')).hint, 'It has provider.')
  t.is(
    (await error(t, 2, 'connector', 'check', '--probe', 'http://127.0.0.1:1/protocol')).title,
    'A probe is of one connector',
  )
  t.is(
    (await error(t, 2, 'connector', 'check', 'provider', '--probe', 'yes')).title,
    '--probe takes the connector’s protocol address',
  )
})

test.serial('connectors of a file are listed without secrets, and each fault is named with its mending', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-cli-connectors-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const secret = 'path-secret-0123456789-abcdefghijklm'
  const entries = [
    { id: 'right', managementUrl: connector.providerManagement, apiKey: connector.providerKey, secret },
    { id: 'wrong-key', managementUrl: connector.providerManagement, apiKey: 'not-the-key' },
    { id: 'elsewhere', managementUrl: `${entrypoint.publicUrl}/management`, apiKey: 'any-key' },
    { id: 'away', managementUrl: 'http://127.0.0.1:9', apiKey: 'any-key' },
  ]
  await writeFile(join(folder, 'connectors.yaml'), stringify({ connectors: entries }))
  const list = await runDsc(['connector', 'list', '--local'], { folder })
  t.is(list.code, 0)
  t.regex(list.stdout, /right +http-provisioner +\S+ +\/connectors\/right\/provision\/<secret>\n/)
  t.false(list.stdout.includes(secret))
  t.is((await runDsc(['connector', 'check', 'right', '--local'], { folder })).code, 0)

  const { code, stdout } = await runDsc(['connector', 'check', '--local', '--json'], { folder })
  t.is(code, 1)
  t.false(stdout.includes('not-the-key'))
  const { connectors } = checkSchema.parse(JSON.parse(stdout))
  t.deepEqual(
    connectors.map(({ id, ok, checks }) => [id, ok, ...checks.slice(0, 3).map(({ outcome }) => outcome)]),
    [
      ['right', true, 'ok', 'ok', 'ok'],
      ['wrong-key', false, 'ok', 'unknown', 'failed'],
      ['elsewhere', false, 'ok', 'failed', 'unknown'],
      ['away', false, 'failed', 'unknown', 'unknown'],
    ],
  )
  const hints = connectors.map(({ checks }) => checks.find(({ outcome }) => outcome === 'failed')?.mend?.hint ?? '')
  t.regex(hints[1] ?? '', /apiKey/)
  t.regex(hints[2] ?? '', /managementUrl ends with/)
  t.regex(hints[3] ?? '', /Nothing listens at 127\.0\.0\.1:9/)
  const page = (await runDsc(['connector', 'check', 'away', '--local'], { folder })).stdout
  t.regex(page, /away: something is wrong\n[^]*\naddress, to mend:\n {2}Nothing listens at/)
  t.is((await runDsc(['connector', 'check', 'nobody', '--local'], { folder })).code, 3)
  t.is((await runDsc(['connector', 'list', '--local', '--file', 'nowhere.yaml'], { folder })).code, 4)
  t.is((await runDsc(['connector', 'list', '--file', 'nowhere.yaml'], { folder })).code, 2)
})

test.serial('lines to write into the connector have its secret only where that is asked for', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-cli-secrets-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const secret = 'path-secret-0123456789-abcdefghijklm'
  const { providerManagement: managementUrl, providerKey: apiKey } = connector
  await writeFile(
    join(folder, 'connectors.yaml'),
    stringify({ connectors: [{ id: 'guarded', managementUrl, apiKey, secret }] }),
  )
  const service = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl, apiKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_CONNECTORS_FILE: join(folder, 'connectors.yaml'),
    },
  })
  t.teardown(() => service.close())
  const environment = { DSC_ADMIN_URL: service.adminUrl }
  const end = (name: string) => `compute.uri=${service.publicUrl}/connectors/guarded/events/${name}\n`
  const plain = await runDsc(['connector', 'check'], { environment, folder })
  t.is(plain.code, 0, 'what could not be seen is no fault')
  t.true(plain.stdout.includes(end('<secret>')))
  t.false(plain.stdout.includes(secret))
  const shown = await runDsc(['connector', 'check', 'guarded', '--show-secrets'], { environment, folder })
  t.true(shown.stdout.includes(end(secret)), shown.stdout)

  // Messages that are refused are told, too: here one without the secret.
  const message = { assetId: 'a', transferProcessId: 'p', resourceDefinitionId: 'r', callbackAddress: 'http://x' }
  const body = JSON.stringify(message)
  const headers = { 'Content-Type': 'application/json' }
  const path = `${service.publicUrl}/connectors/guarded/provision`
  t.is((await fetch(path, { method: 'POST', body, headers })).status, 401)
  const refused = await runDsc(['connector', 'check'], { environment, folder })
  t.is(refused.code, 1)
  t.regex(refused.stdout, /provisioner +failed +Its last message .* was refused: .*not the secret/)
  t.is((await fetch(`${path}/${secret}`, { method: 'POST', body, headers })).status, 422)
  const foreign = await runDsc(['connector', 'check'], { environment, folder })
  t.regex(foreign.stdout, /callback-address +failed +.*It names "http:\/\/x"/)
})
