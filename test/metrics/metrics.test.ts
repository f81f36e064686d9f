import test from 'ava'
import { causes } from '../../core/job/causes.ts'
import { stages } from '../../core/ports/metrics.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, startStage, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { type Exposition, readExposition } from '../support/exposition.ts'
import { problemOf } from '../support/problem.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
  const write = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '12345')`
  await writeWorker(stage, 'good', write)
  await writeWorker(stage, 'broken', 'process.exitCode = 3')
  for (const id of ['good', 'broken']) await register(stage.adminUrl, { asset: computeAsset(id) })
})
test.after.always(() => stage.close())

async function metrics(): Promise<Exposition> {
  const response = await fetch(`${stage.adminUrl}/metrics`)
  if (response.status !== 200) throw new Error(await response.text())
  return readExposition(await response.text())
}

/** Runs a job until its slot is free and its connector has been told. */
async function run(assetId: string): Promise<void> {
  const told = (await metrics()).value('dataspace_compute_deliver_seconds_count')
  const { providerTransferId } = stage.connector.request(assetId)
  await eventually('the end of the job', async () => {
    const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
    const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
    const over = job?.state === 'succeeded' || job?.state === 'failed'
    const free = over && job.attempts.every(({ removed }) => removed)
    const delivered = (await metrics()).value('dataspace_compute_deliver_seconds_count') - told
    return free && delivered > 0 ? { done: job } : { pending: `${job?.state}, ${delivered} delivered` }
  })
}

test.serial('before anything happened, everything that can happen stands at zero', async (t) => {
  const shown = await metrics()
  for (const name of stages) t.is(shown.value(`dataspace_compute_${name}_seconds_count`), 0, name)
  for (const cause of Object.keys(causes))
    t.is(shown.value('dataspace_compute_jobs_ended_total', { state: 'failed', cause }), 0)
  t.is(shown.value('dataspace_compute_jobs', { state: 'running' }), 0)
  t.is(shown.value('dataspace_compute_oldest_callback_age_seconds'), 0)
})

test.serial('a job that ends well passes through every stage once', async (t) => {
  await run('good')
  const shown = await metrics()
  for (const name of stages) t.is(shown.value(`dataspace_compute_${name}_seconds_count`), 1, name)
  t.is(shown.value('dataspace_compute_jobs_ended_total', { state: 'succeeded', cause: 'none' }), 1)
  t.is(shown.value('dataspace_compute_result_bytes_sum'), 5)
  t.is(shown.value('dataspace_compute_jobs', { state: 'succeeded' }), 1)
  t.true(shown.value('dataspace_compute_callbacks_total', { kind: 'provisioned', outcome: 'later' }) >= 1)
})

test.serial('a job that fails is counted by its cause, and stores nothing', async (t) => {
  const before = await metrics()
  await run('broken')
  const shown = await metrics()
  t.is(shown.value('dataspace_compute_jobs_ended_total', { state: 'failed', cause: 'exit-code' }), 1)
  for (const name of ['accept', 'verify', 'queue', 'deliver'])
    t.is(shown.value(`dataspace_compute_${name}_seconds_count`), 2, name)
  t.is(shown.value('dataspace_compute_store_seconds_count'), before.value('dataspace_compute_store_seconds_count'))
})

test.serial('requests are counted by template, never by path', async (t) => {
  await fetch(`${stage.adminUrl}/api/v1/jobs/nobody-knows-this`)
  await fetch(`${stage.adminUrl}/nobody-knows-this`)
  const shown = await metrics()
  const labels = { listener: 'admin', route: '/api/v1/jobs/:id', status: '4xx' }
  t.is(shown.value('dataspace_compute_http_requests_total', labels), 1)
  t.is(shown.value('dataspace_compute_http_requests_total', { ...labels, route: 'none' }), 1)
  t.false(JSON.stringify(shown.samples).includes('nobody-knows-this'))
})

test.serial('names and types fit the conventions, and there are few series', async (t) => {
  const shown = await metrics()
  const own = [...shown.types].filter(([name]) => name.startsWith('dataspace_compute_'))
  t.true(own.length >= 15)
  for (const [name, type] of own) {
    t.is(name.endsWith('_total'), type === 'counter', name)
    if (type === 'histogram') t.regex(name, /_(seconds|bytes)$/)
  }
  t.true(shown.types.has('process_cpu_seconds_total'))
  const series = shown.samples.filter(({ name }) => name.startsWith('dataspace_compute_') && !name.endsWith('_bucket'))
  t.true(series.length < 200, String(series.length))
})

test.serial('work that fails is counted by kind, and what waits shows its age', async (t) => {
  const origin = (await stage.store.listJobs({ limit: 1 }))[0]?.origin
  const transfer = origin?.kind === 'transfer' ? origin.transferId : ''
  await stage.store.commit({
    callbacks: [
      {
        id: 'lost',
        transferId: transfer,
        connectorId: 'nobody',
        message: { kind: 'provisioned' },
        createdAt: Date.now() - 60_000,
      },
    ],
    wake: [{ kind: 'callback', key: 'lost', dueAt: Date.now() }],
  })
  await eventually(
    'the work has failed',
    async () => {
      const failed = (await metrics()).value('dataspace_compute_work_failures_total', { kind: 'callback' })
      return failed > 0 ? { done: failed } : { pending: 'not yet' }
    },
    { deadlineMs: 20_000 },
  )
  t.true((await metrics()).value('dataspace_compute_oldest_callback_age_seconds') >= 60)
})

test.serial('they stand behind the admin API’s authentication, and not on the public listener', async (t) => {
  t.is((await problemOf(await fetch(`${stage.publicUrl}/metrics`))).code, 'not-found')
  const guarded = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken })
  t.teardown(() => guarded.close())
  t.is((await problemOf(await fetch(`${guarded.adminUrl}/metrics`))).code, 'unauthorized')
  const headers = { Authorization: `Bearer ${secrets.adminToken}` }
  const response = await fetch(`${guarded.adminUrl}/metrics`, { headers })
  t.regex(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  readExposition(await response.text())
})

test.serial('where the store cannot be read, the rest is still shown', async (t) => {
  const failing = await startStage()
  await failing.store.close()
  const shown = readExposition(await (await fetch(`${failing.adminUrl}/metrics`)).text())
  t.is(shown.value('dataspace_compute_accept_seconds_count'), 0)
  t.throws(() => shown.value('dataspace_compute_jobs', { state: 'running' }))
  t.throws(() => shown.value('dataspace_compute_oldest_callback_age_seconds'))
  await failing.close()
})
