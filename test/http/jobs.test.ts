import test from 'ava'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { computeAsset, register } from './forms.ts'
import { secrets, type Stage, startStage, textOfLog, writeWorker } from './stage.ts'

let stage: Stage
/** One job that ended well, one whose worker ended with 3, one that got wrong parameters. */
let good: string
let broken: string
let refused: string

test.before(async () => {
  stage = await startStage()
  await writeWorker(
    stage,
    'good',
    `import { writeFileSync } from 'node:fs'\nconsole.log('größe')\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', process.env.TOP)`,
  )
  await writeWorker(stage, 'broken', `for (let i = 1; i <= 30; i += 1) console.log('line ' + i)\nprocess.exitCode = 3`)
  const parameters = { type: 'object', properties: { TOP: { type: 'integer', minimum: 1, default: 5 } } }
  await register(stage.adminUrl, { asset: computeAsset('good', { parameters }) })
  await register(stage.adminUrl, { asset: computeAsset('broken') })
  good = await ended('good', { TOP: 7 })
  broken = await ended('broken')
  refused = await ended('good', { TOP: 'many', NOPE: 1 })
})
test.after.always(() => stage.close())

/** Runs a job to its end and until its slot is free; gives its id. */
async function ended(assetId: string, parameters?: Readonly<Record<string, unknown>>): Promise<string> {
  const { providerTransferId } = stage.connector.request(assetId, parameters)
  return eventually('the end of the job', async () => {
    const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
    const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
    const over = job?.state === 'succeeded' || job?.state === 'failed'
    return over && job.attempts.every(({ removed }) => removed) ? { done: job.id } : { pending: String(job?.state) }
  })
}

async function show(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${stage.adminUrl}/api/v1/jobs${path}`)
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as Record<string, unknown>
}

async function idsOf(query: string): Promise<readonly string[]> {
  return ((await show(query)) as { jobs: { id: string }[] }).jobs.map(({ id }) => id)
}

test('a job that ended well shows what it ran for, with what, and its result', async (t) => {
  const job = await show(`/${good}`)
  t.like(job, {
    id: good,
    state: 'succeeded',
    assetId: 'good',
    assetVersion: '1.0.0',
    origin: { kind: 'transfer', connectorId: 'provider' },
    parameters: { TOP: '7' },
    attempt: 1,
    result: { attempt: 1, totalBytes: 1, expiresAt: null, removedAt: null },
  })
  t.truthy(job['agreementId'])
  t.truthy(job['consumerId'])
  for (const name of ['createdAt', 'since']) t.is(new Date(String(job[name])).toISOString(), String(job[name]))
  t.like((job as { attempts: unknown[] }).attempts[0], { number: 1, objectsRemoved: true })
})

test('a job that failed shows cause, title, exit code, its last log lines and what to do', async (t) => {
  const job = (await show(`/${broken}`)) as { state: string; failure: Record<string, unknown>; result?: unknown }
  t.is(job.state, 'failed')
  t.like(job.failure, {
    cause: 'exit-code',
    message: 'The worker exited with 3.',
    exitCode: 3,
    title: 'The worker ended with an error',
    hint: 'Read the worker’s last log lines.',
  })
  t.deepEqual(
    job.failure['lastLogLines'],
    Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
  )
  t.is(job.result, undefined)
})

test('wrong parameters end a job before it takes a slot, with every one of them named', async (t) => {
  const job = (await show(`/${refused}`)) as { failure: { cause: string; message: string }; attempts: unknown[] }
  t.is(job.failure.cause, 'invalid-parameters')
  t.regex(job.failure.message, /TOP/)
  t.regex(job.failure.message, /NOPE/)
  t.deepEqual(job.attempts, [])
})

test.serial('jobs are listed newest first, by asset and by state', async (t) => {
  t.deepEqual(
    (await idsOf('')).filter((id) => [refused, broken, good].includes(id)),
    [refused, broken, good],
  )
  t.deepEqual(await idsOf('?asset=good'), [refused, good])
  t.deepEqual(await idsOf('?state=failed'), [refused, broken])
  t.deepEqual(await idsOf('?asset=good&state=succeeded'), [good])
  t.deepEqual(await idsOf('?asset=nothing'), [])
})

test.serial('pages follow each other to the end', async (t) => {
  const seen: string[] = []
  for (let before = ''; seen.length < 10; ) {
    const page = (await show(`?limit=2${before}`)) as { jobs: { id: string }[]; next: string | null }
    seen.push(...page.jobs.map(({ id }) => id))
    if (page.next === null) break
    t.is(page.next, page.jobs.at(-1)?.id ?? '')
    before = `&before=${page.next}`
  }
  t.deepEqual(seen, [refused, broken, good])
})

for (const query of [
  '?limit=0',
  '?limit=501',
  '?limit=x',
  '?limit=',
  '?limit=1.5',
  '?state=done',
  '?state=constructor',
  '?surplus=1',
  '?asset=a&asset=b',
  `?before=${'x'.repeat(65)}`,
]) {
  test(`${query.slice(0, 20)} is refused, and the parameter is named`, async (t) => {
    const problem = await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs${query}`))
    t.is(problem.code, 'invalid-query')
    t.is(problem.problems?.length, 1)
  })
}

test('a job that is not there is refused', async (t) => {
  for (const id of ['nobody', 'constructor', '%zz'])
    for (const below of ['', '/logs'])
      t.is(
        (await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs/${id}${below}`))).code,
        'job-unknown',
        id + below,
      )
})

test('the worker’s log is readable when its objects are gone', async (t) => {
  const response = await fetch(`${stage.adminUrl}/api/v1/jobs/${good}/logs`)
  t.is(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  t.is(response.headers.get('x-content-type-options'), 'nosniff')
  t.is(await response.text(), 'größe\n')
  const failed = await fetch(`${stage.adminUrl}/api/v1/jobs/${broken}/logs?container=worker&attempt=1`)
  t.is((await failed.text()).split('\n').length, 31)
})

test('the sidecar’s logs are readable, too', async (t) => {
  const response = await fetch(`${stage.adminUrl}/api/v1/jobs/${good}/logs?container=upload`)
  t.is(response.status, 200)
  t.true((await response.text()).length > 0)
})

test('a log that is not there says so', async (t) => {
  const logs = async (query: string, id = good): Promise<string> =>
    (await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs/${id}/logs${query}`))).code
  t.is(await logs('?attempt=2'), 'log-unknown')
  t.is(await logs('', refused), 'log-unknown')
  t.is(await logs('?container=upload', broken), 'log-unknown')
  t.is(await logs('?container=init'), 'invalid-query')
  t.is(await logs('?attempt=0'), 'invalid-query')
  t.is(await logs('?attempt=../../x'), 'invalid-query')
})

function cancel(id: string, body: unknown, contentType = 'application/json'): Promise<Response> {
  return fetch(`${stage.adminUrl}/api/v1/jobs/${id}/cancel`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': contentType },
  })
}

test('an operator cancels a job that runs: its worker ends, its transfer too, with the reason', async (t) => {
  await writeWorker(stage, 'endless', `console.log('begin')\nsetInterval(() => 0, 1000)`)
  await register(stage.adminUrl, { asset: computeAsset('endless') })
  const { consumerTransferId, providerTransferId } = stage.connector.request('endless')
  const { id } = await eventually('the job runs', async () => {
    const [job] = await stage.store.listJobs({ assetId: 'endless', limit: 1 })
    const log = await (await fetch(`${stage.adminUrl}/api/v1/jobs/${job?.id}/logs`)).text()
    return job?.state === 'running' && log === 'begin\n' ? { done: job } : { pending: `${job?.state} ${log}` }
  })
  const response = await cancel(id, { reason: 'maintenance' })
  t.is(response.status, 200)
  t.like(await response.json(), { id, state: 'cancelled', cancelled: { by: 'operator', reason: 'maintenance' } })
  await stage.connector.ended(consumerTransferId)
  t.regex(
    stage.connector.transfer('provider', providerTransferId).errorDetail ?? '',
    /maintenance|Unknown provision type/,
  )
  t.is((await problemOf(await cancel(id, { reason: 'again' }))).code, 'job-over')
  await eventually('its objects are gone', async () => {
    const job = await stage.store.job(id)
    return job?.value.attempts.every(({ removed }) => removed) === true ? { done: job } : { pending: 'not yet' }
  })
  t.is(await (await fetch(`${stage.adminUrl}/api/v1/jobs/${id}/logs`)).text(), 'begin\n')
})

test('a cancellation must make sense', async (t) => {
  t.is((await problemOf(await cancel('nobody', { reason: 'x' }))).code, 'job-unknown')
  t.is((await problemOf(await cancel(good, { reason: 'x' }))).code, 'job-over')
  for (const body of [
    {},
    { reason: '' },
    { reason: 5 },
    { reason: 'x'.repeat(501) },
    { reason: 'x', surplus: 1 },
    null,
    [],
  ])
    t.is((await problemOf(await cancel(good, body))).code, 'invalid-body')
  t.is((await problemOf(await cancel(good, { reason: 'x' }, 'text/plain'))).code, 'unsupported-media-type')
  t.is((await problemOf(await cancel(good, { reason: 'x'.repeat(20_000) }))).code, 'body-too-large')
})

test('jobs cannot be changed', async (t) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
    t.is((await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs/${good}`, { method }))).code, 'method-not-allowed')
})

test.after('no secret was logged', (t) => {
  const text = textOfLog(stage.log)
  t.true(text.includes('/api/v1/jobs/:id'), 'the log holds the requests')
  for (const [name, secret] of Object.entries(secrets)) t.false(text.includes(secret), name)
})
