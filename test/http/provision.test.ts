import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { computeAsset, register } from './forms.ts'
import { secrets, type Stage, startStage, textOfLog, writeWorker } from './stage.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
  await writeWorker(
    stage,
    'sum',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')`,
  )
  const response = await register(stage.adminUrl, { asset: computeAsset('sum') })
  if (response.status !== 201) throw new Error(await response.text())
})
test.after.always(() => stage.close())

/** A message as EDC 0.10 sends it, about a transfer process that the connector does not know. */
function message(more: object = {}): Record<string, unknown> {
  return {
    assetId: 'sum',
    transferProcessId: randomUUID(),
    policy: { '@type': { '@policytype': 'contract' }, assignee: 'consumer', target: 'sum' },
    callbackAddress: `${stage.connector.providerManagement}/callback`,
    resourceDefinitionId: randomUUID(),
    ...more,
  }
}

function post(path: string, body: unknown, contentType = 'application/json; charset=utf-8'): Promise<Response> {
  return fetch(stage.publicUrl + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': contentType },
  })
}

async function jobIdOf(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { jobId?: string }).jobId
}

/** The code of a refusal, after which no transfer of that process may be there. */
async function refused(t: ExecutionContext, path: string, body: Record<string, unknown>): Promise<string> {
  const problem = await problemOf(await post(path, body))
  const found = await stage.store.transfersOfProcess('provider', String(body['transferProcessId']))
  t.deepEqual(found, [], 'nothing was kept')
  return problem.code
}

test('a good message is answered with 200 and the job that was kept before', async (t) => {
  const body = message()
  const response = await post('/connectors/provider/provision', body)
  t.is(response.status, 200)
  const jobId = await jobIdOf(response)
  const [transfer] = await stage.store.transfersOfProcess('provider', String(body['transferProcessId']))
  t.is(transfer?.jobId, jobId)
  t.truthy(await stage.store.job(jobId ?? ''))
})

test('the same message again is answered with the same job, also side by side and with a type', async (t) => {
  const body = message()
  const answers = await Promise.all(
    Array.from({ length: 10 }, async (_, index) =>
      jobIdOf(await post('/connectors/provider/provision', index % 2 === 0 ? body : { ...body, type: 'provision' })),
    ),
  )
  t.is(new Set(answers).size, 1)
  t.truthy(answers[0])
  t.is(await jobIdOf(await post('/connectors/provider/provision', body)), answers[0])
  t.is((await stage.store.transfersOfProcess('provider', String(body['transferProcessId']))).length, 1)
})

test('the same definition of another process is another job', async (t) => {
  const body = message()
  const one = await jobIdOf(await post('/connectors/provider/provision', body))
  const other = await jobIdOf(
    await post('/connectors/provider/provision', { ...body, transferProcessId: randomUUID() }),
  )
  t.not(one, other)
})

test('a deprovision is answered with exactly 200, whether its provision is known or not', async (t) => {
  const body = message()
  const jobId = await jobIdOf(await post('/connectors/provider/provision', { ...body, type: 'provision' }))
  const known = await post('/connectors/provider/provision', { ...body, type: 'deprovision' })
  t.is(known.status, 200)
  t.is(await jobIdOf(known), jobId)
  const stranger = message({ type: 'deprovision' })
  const unknown = await post('/connectors/provider/provision', stranger)
  t.is(unknown.status, 200)
  t.deepEqual(await unknown.json(), {})
  t.deepEqual(await stage.store.transfersOfProcess('provider', String(stranger['transferProcessId'])), [])
})

test('a transfer that the connector does not know is refused after a while', async (t) => {
  const jobId = await jobIdOf(await post('/connectors/provider/provision', message()))
  const job = await eventually('the end of the job', async () => {
    const found = (await stage.store.job(jobId ?? ''))?.value
    return found?.state === 'failed' ? { done: found } : { pending: String(found?.state) }
  })
  t.like(job.failure, { cause: 'refused', message: 'The connector does not know this transfer process.' })
})

test('an asset that is not registered is refused', async (t) => {
  t.is(await refused(t, '/connectors/provider/provision', message({ assetId: 'nothing' })), 'asset-unknown')
  t.is(await refused(t, '/connectors/provider/provision', message({ assetId: 'SUM' })), 'asset-unknown')
})

test('a callback address that is not the connector’s is refused', async (t) => {
  const body = message({ callbackAddress: 'http://evil.example/callback' })
  t.is(await refused(t, '/connectors/provider/provision', body), 'foreign-callback-address')
})

test('a message without what it needs is refused, and the places are named', async (t) => {
  const { assetId: _, ...body } = message()
  const problem = await problemOf(await post('/connectors/provider/provision', body))
  t.is(problem.code, 'invalid-message')
  t.deepEqual(
    problem.problems?.map(({ where }) => where),
    ['assetId'],
  )
})

test('a body that cannot be read is refused', async (t) => {
  const path = '/connectors/provider/provision'
  t.is((await problemOf(await post(path, '{"assetId":'))).code, 'invalid-body')
  t.is((await problemOf(await post(path, ''))).code, 'invalid-body')
  t.is((await problemOf(await post(path, message(), 'text/plain'))).code, 'unsupported-media-type')
  t.is((await problemOf(await post(path, message({ policy: 'x'.repeat(300_000) })))).code, 'body-too-large')
})

test('a connector that is not configured is refused', async (t) => {
  t.is((await problemOf(await post('/connectors/nobody/provision', message()))).code, 'connector-unknown')
  t.is((await problemOf(await post('/connectors/nobody/events', {}))).code, 'connector-unknown')
  t.is((await problemOf(await post('/connectors/constructor/provision', message()))).code, 'connector-unknown')
})

test('where a connector has a secret, its paths end with it', async (t) => {
  t.is((await post(`/connectors/guarded/provision/${secrets.pathSecret}`, message())).status, 200)
  t.is((await post(`/connectors/guarded/events/${secrets.pathSecret}`, {})).status, 204)
  for (const path of [
    'provision',
    'provision/',
    'provision/wrong',
    `provision/${secrets.pathSecret}x`,
    'events',
    'events/wrong',
  ]) {
    const problem = await problemOf(await post(`/connectors/guarded/${path}`, message()))
    t.is(problem.code, 'unauthorized', path)
    t.false(JSON.stringify(problem).includes(secrets.pathSecret))
  }
  t.is(
    (await problemOf(await post(`/connectors/guarded/provision/${secrets.pathSecret}/more`, message()))).code,
    'not-found',
  )
})

test('where a connector has none, its paths end before it', async (t) => {
  t.is((await problemOf(await post('/connectors/provider/provision/anything', message()))).code, 'not-found')
})

test('the wrong method is told which one works', async (t) => {
  const response = await fetch(`${stage.publicUrl}/connectors/provider/provision`)
  t.is((await problemOf(response)).code, 'method-not-allowed')
  t.regex(response.headers.get('allow') ?? '', /POST/)
})

test('an event is a hint, taken without a word', async (t) => {
  const path = '/connectors/provider/events'
  for (const body of [
    { type: 'TransferProcessStarted', payload: { transferProcessId: 'nobody' } },
    { payload: {} },
    {},
    [],
    'null',
  ]) {
    const response = await post(path, body)
    t.is(response.status, 204)
    t.is(await response.text(), '')
  }
  t.is((await problemOf(await post(path, '{'))).code, 'invalid-body')
})

test('an event of another connector moves nothing', async (t) => {
  const { consumerTransferId, providerTransferId } = stage.connector.request('sum')
  await stage.connector.started(consumerTransferId)
  await post(`/connectors/guarded/events/${secrets.pathSecret}`, { payload: { transferProcessId: providerTransferId } })
  const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
  t.not(transfer?.state, 'ended')
  t.deepEqual(await stage.store.transfersOfProcess('guarded', providerTransferId), [])
})

test('strange paths are answered as problems, and log no failure', async (t) => {
  for (const path of [
    '/connectors',
    '/connectors/',
    '/connectors//provision',
    '/connectors/provider',
    '/connectors/%zz/provision',
    '/connectors/provider/provision/%00',
    '/connectors/..%2f..%2fetc/provision',
    '/CONNECTORS/nobody/provision',
  ]) {
    const { status, headers } = await rawRequest(stage.publicUrl, path, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    })
    t.true(status >= 400 && status < 500, `${path} ${status}`)
    t.regex(String(headers['content-type']), /^application\/problem\+json/, path)
  }
  t.deepEqual(
    stage.log.filter(({ level, message: said }) => level === 'error' && said === 'request failed'),
    [],
  )
})

test.after('no secret was logged', (t) => {
  const text = textOfLog(stage.log)
  t.true(text.includes('/connectors/:id/provision'), 'the log holds the requests')
  for (const [name, secret] of Object.entries(secrets)) t.false(text.includes(secret), name)
})
