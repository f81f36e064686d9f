import test from 'ava'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { computeAsset, register } from './forms.ts'
import { type Stage, startStage, writeWorker } from './stage.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage?.close())

const fails = `console.error('not today'); process.exitCode = 3`
const writes = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', 'forty-two')`

function retry(id: string, body: unknown = {}): Promise<Response> {
  return fetch(`${stage.adminUrl}/api/v1/jobs/${id}/retry`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })
}

async function jobOf(providerTransferId: string, state: string): Promise<string> {
  return eventually(`the job is ${state}`, async () => {
    const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
    const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
    return job?.state === state ? { done: job.id } : { pending: String(job?.state) }
  })
}

test('where a failure was reported, the result appears at the same address', async (t) => {
  await writeWorker(stage, 'reporting', fails)
  await register(stage.adminUrl, { asset: { ...computeAsset('reporting'), onFailure: 'report' } })
  const { consumerTransferId, providerTransferId } = stage.connector.request('reporting')
  const access = await stage.connector.started(consumerTransferId)
  const fetched = () => fetch(access.endpoint, { headers: { authorization: access.authorization } })
  t.like(await (await fetched()).json(), { state: 'failed' })

  await writeWorker(stage, 'reporting', writes)
  const failed = await jobOf(providerTransferId, 'failed')
  const response = await retry(failed)
  t.is(response.status, 201)
  const repeated = (await response.json()) as { id: string; origin: unknown }
  t.is(response.headers.get('location'), `/api/v1/jobs/${repeated.id}`)
  t.like(repeated.origin, { kind: 'transfer', connectorId: 'provider', retryOf: failed })
  t.is(await jobOf(providerTransferId, 'succeeded'), repeated.id)
  t.is(await (await fetched()).text(), 'forty-two')
  t.like(await (await fetch(`${stage.adminUrl}/api/v1/jobs/${failed}`)).json(), { retriedAs: repeated.id })
  t.is((await problemOf(await retry(failed))).code, 'job-not-retryable')
})

test('where the transfer is over, the operator has it run alone, in the version asked for', async (t) => {
  await writeWorker(stage, 'over', fails)
  await register(stage.adminUrl, { asset: computeAsset('over') })
  const { consumerTransferId, providerTransferId } = stage.connector.request('over')
  await stage.connector.ended(consumerTransferId)
  const failed = await jobOf(providerTransferId, 'failed')
  await writeWorker(stage, 'over', writes)
  const mended = computeAsset('over')
  await register(stage.adminUrl, { asset: { ...mended, metadata: { ...mended.metadata, version: '1.0.1' } } })
  const response = await retry(failed, { version: 'newest' })
  const { id, ...job } = (await response.json()) as { id: string }
  t.like(job, { assetVersion: '1.0.1', origin: { kind: 'operator', retryOf: failed } })
  const shown = await eventually('it succeeded', async () => {
    const now = (await (await fetch(`${stage.adminUrl}/api/v1/jobs/${id}`)).json()) as { state: string }
    return now.state === 'succeeded' ? { done: now } : { pending: now.state }
  })
  const { result } = shown as unknown as { result: { registeredAt: string; expiresAt: string } }
  t.is(Date.parse(result.expiresAt) - Date.parse(result.registeredAt), 7 * 86_400_000)
})

test('a repetition must make sense', async (t) => {
  t.is((await problemOf(await retry('nobody'))).code, 'job-unknown')
  for (const body of [{ version: 'oldest' }, { version: '1.0.0' }, { surplus: 1 }, [], null])
    t.is((await problemOf(await retry('nobody', body))).code, 'invalid-body')
})
