import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { firstTimes } from './faults.ts'
import { type Pair, pairFor, type Transfer } from './pair.ts'
import { callBack, exampleAddress, type RecordingPlane, recordingPlane, statusMessage } from './recording-plane.ts'
import type { ControlPlaneOptions } from './control-plane.ts'

// What the stand-ins do beyond claims.ts: faults and moments that a real pair does not offer on demand.

const type = 'Test-PULL'

interface Scene extends Pair {
  readonly plane: RecordingPlane
  readonly sink: RecordingPlane
  begin(): Transfer
}

async function begun(t: ExecutionContext, options?: ControlPlaneOptions): Promise<Scene> {
  const pair = await pairFor(t, options)
  const [plane, sink] = await Promise.all([recordingPlane(t), recordingPlane(t)])
  pair.provider.register(plane.registration([type]))
  pair.consumer.register(sink.registration([type]))
  pair.provider.offer({ assetId: 'asset' })
  return { ...pair, plane, sink, begin: () => pair.request({ assetId: 'asset', transferType: type }) }
}

function startsLater(plane: RecordingPlane): void {
  plane.answer('start', ({ processId }) => ({ status: 202, body: statusMessage(processId, 'STARTING') }))
}

test('`started` again while STARTING is answered 200, and the last address wins', async (t) => {
  const { provider, plane, sink, begin } = await begun(t)
  startsLater(plane)
  const release = provider.hold('STARTING')
  const transfer = begin()
  const start = await plane.hears('start')
  await provider.reaches(start.processId, 'STARTUP_REQUESTED')
  const address = (endpoint: string) => ({ ...exampleAddress, endpoint })
  const message = (endpoint: string) => statusMessage(start.processId, 'STARTED', address(endpoint))
  t.is(await callBack(start, 'started', message('http://127.0.0.1:1/first')), 200)
  t.is(await callBack(start, 'started', message('http://127.0.0.1:1/last')), 200)
  release()
  const started = await sink.hears('started', transfer.consumerId)
  t.is((started.body['dataAddress'] as typeof exampleAddress).endpoint, 'http://127.0.0.1:1/last')
  t.is(provider.ledger.count(start.processId, 'started', 'changed'), 1)
  t.is(provider.ledger.count(start.processId, 'started', 'repeated'), 1)
})

test('`completed` while STARTING is taken, refused by the consumer, and ends both sides TERMINATED', async (t) => {
  const { provider, consumer, plane, begin } = await begun(t)
  startsLater(plane)
  const release = provider.hold('STARTING')
  const transfer = begin()
  const start = await plane.hears('start')
  await provider.reaches(start.processId, 'STARTUP_REQUESTED')
  t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
  t.is(await callBack(start, 'completed', statusMessage(start.processId, 'COMPLETED')), 200)
  release()
  await provider.reaches(start.processId, 'TERMINATED')
  await consumer.reaches(transfer.consumerId, 'TERMINATED')
})

test('a lost answer to start brings the same message again, and no third one', async (t) => {
  const { provider, plane, begin } = await begun(t)
  provider.faults({ signal: firstTimes(1, 'cut-after', ({ kind }) => kind === 'start') })
  const processId = await begin().providerId()
  await provider.reaches(processId, 'STARTED')
  const starts = plane.of(processId, 'start')
  t.is(starts.length, 2)
  t.is(starts[0]?.body['messageId'], starts[1]?.body['messageId'])
  provider.faults({ signal: firstTimes(2, 'cut-after', ({ kind }) => kind === 'start') })
  const second = await begin().providerId()
  await t.throwsAsync(provider.reaches(second, 'STARTED'), { message: /TERMINATED/ })
  t.is(plane.of(second, 'start').length, 2)
})

test('a start that takes too long is repeated once, and its end is told to nobody: the job is an orphan', async (t) => {
  const { provider, plane, begin } = await begun(t, { answerTimeoutMs: 1_000 })
  plane.answer('start', ({ processId }) => ({ status: 200, body: statusMessage(processId, 'STARTED'), afterMs: 5_000 }))
  const processId = await begin().providerId()
  await provider.reaches(processId, 'TERMINATED')
  t.deepEqual(
    plane.of(processId).map(({ kind }) => kind),
    ['start', 'start'],
  )
})

test('while start is unanswered, a terminate by the consumer is lost', async (t) => {
  const { provider, consumer, plane, begin } = await begun(t)
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  plane.answer('start', async ({ processId }) => {
    await answered
    return { status: 202, body: statusMessage(processId, 'STARTING') }
  })
  const transfer = begin()
  const { processId } = await plane.hears('start')
  await consumer.reaches(transfer.consumerId, 'REQUESTED')
  t.is(consumer.terminate(transfer.consumerId, 'no more'), 204)
  await consumer.reaches(transfer.consumerId, 'TERMINATED')
  answer()
  await provider.reaches(processId, 'STARTUP_REQUESTED')
  t.deepEqual(plane.of(processId, 'terminate'), [])
})

test('a control plane that dies before it stored the answer starts again, with another messageId', async (t) => {
  const { provider, plane, begin } = await begun(t)
  provider.forgetNextAnswer('INITIAL')
  const processId = await begin().providerId()
  await provider.reaches(processId, 'STARTED')
  const [first, second, ...more] = plane.of(processId, 'start')
  t.deepEqual(more, [])
  t.not(first?.body['messageId'], second?.body['messageId'])
  t.is(first?.body['processId'], second?.body['processId'])
})

test('a restarted control plane answers 405 until it is mounted, 401 to callbacks, and has forgotten its data planes', async (t) => {
  const { provider, plane, begin } = await begun(t)
  startsLater(plane)
  const transfer = begin()
  const start = await plane.hears('start')
  await provider.reaches(start.processId, 'STARTUP_REQUESTED')
  const url = provider.managementUrl
  await provider.restart({ mountMs: 1_500 })
  t.is(provider.managementUrl, url)
  const put = () =>
    fetch(`${url}/v4/dataplanes`, {
      method: 'PUT',
      headers: { 'x-api-key': provider.key, 'content-type': 'application/json' },
      body: JSON.stringify(plane.registration([type])),
    })
  t.is((await put()).status, 405)
  const message = statusMessage(start.processId, 'STARTED', exampleAddress)
  t.is(await callBack(start, 'started', message), 401)
  while ((await put()).status === 405) t.pass()
  t.deepEqual(
    provider.dataPlanes.all().map(({ id }) => id),
    [plane.id],
  )
  t.is(await callBack(start, 'started', message), 401)
  t.is(transfer.atProvider(), undefined)
})

test('with a database, a restart keeps processes: a callback works afterwards', async (t) => {
  const { provider, plane, begin } = await begun(t)
  startsLater(plane)
  begin()
  const start = await plane.hears('start')
  await provider.reaches(start.processId, 'STARTUP_REQUESTED')
  await provider.restart({ stores: 'kept' })
  t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
  await provider.reaches(start.processId, 'STARTED')
})

test('the ledger tells a callback that took effect unheard from one that never came in', async (t) => {
  const { provider, plane, begin } = await begun(t)
  startsLater(plane)
  begin()
  const start = await plane.hears('start')
  await provider.reaches(start.processId, 'STARTUP_REQUESTED')
  const message = statusMessage(start.processId, 'STARTED', exampleAddress)
  provider.faults({ callback: firstTimes(1, 'cut-before') })
  await t.throwsAsync(callBack(start, 'started', message))
  t.is(provider.ledger.count(start.processId, 'started'), 0)
  provider.faults({ callback: firstTimes(1, { status: 503 }) })
  t.is(await callBack(start, 'started', message), 503)
  t.is(provider.ledger.count(start.processId, 'started'), 0)
  provider.faults({ callback: firstTimes(1, 'cut-after') })
  await t.throwsAsync(callBack(start, 'started', message))
  t.is(provider.ledger.count(start.processId, 'started'), 1)
  await provider.reaches(start.processId, 'STARTED')
})

test('terminate comes several times, with new messageIds, while the other side cannot be reached', async (t) => {
  const { provider, consumer, plane, begin } = await begun(t)
  const transfer = begin()
  const processId = await transfer.providerId()
  await provider.reaches(processId, 'STARTED')
  await consumer.reaches(transfer.consumerId, 'STARTED')
  provider.faults({ protocol: firstTimes(2, { status: 503 }, ({ type: kind }) => kind === 'termination') })
  t.is(provider.terminate(processId, 'no more'), 204)
  await consumer.reaches(transfer.consumerId, 'TERMINATED')
  const ids = plane.of(processId, 'terminate').map(({ body }) => body['messageId'])
  t.is(ids.length, 3)
  t.is(new Set(ids).size, 3)
})

test('a lease that was left behind ends', async (t) => {
  const { provider, plane, begin } = await begun(t, { leaseMs: 2_000 })
  const processId = await begin().providerId()
  await provider.reaches(processId, 'STARTED')
  const start = await plane.hears('start')
  t.is(await callBack(start, 'started', statusMessage(processId, 'STARTED', exampleAddress)), 500)
  t.is(provider.ledger.count(processId, 'started', 'broken'), 1)
  t.true(provider.isLeased(processId))
  t.is(provider.terminate(processId, 'too soon'), 409)
  while (provider.isLeased(processId)) await new Promise((resolve) => setTimeout(resolve, 10))
  t.is(provider.terminate(processId, 'now'), 204)
  await provider.reaches(processId, 'TERMINATED')
})

test('RC3 has a profile, no transferType and no callbackAddress', async (t) => {
  const { plane, begin } = await begun(t, { generation: 'rc3' })
  begin()
  const { body } = await plane.hears('start')
  t.is(body['profile'], type)
  t.false('transferType' in body)
  t.false('callbackAddress' in body)
})

test('the Management API wants its key, a context and a reason, and knows what it does not know', async (t) => {
  const { provider, begin } = await begun(t)
  const processId = await begin().providerId()
  await provider.reaches(processId, 'STARTED')
  const call = async (method: string, path: string, body?: unknown, key = provider.key) => {
    const answer = await fetch(`${provider.managementUrl}${path}`, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.text().then((it) => it && JSON.parse(it))) as unknown }
  }
  const path = `/v4/transferprocesses/${processId}`
  t.is((await call('GET', path, undefined, 'wrong')).status, 401)
  t.like(await call('GET', path), { status: 200, body: { '@id': processId, state: 'STARTED', assetId: 'asset' } })
  t.like(await call('GET', `${path}/state`), { status: 200, body: { state: 'STARTED' } })
  t.like(await call('GET', `/v4/transferprocesses/${randomUUID()}`), { status: 404 })
  const { contractId } = (await call('GET', path)).body as { contractId: string }
  t.like(await call('GET', `/v4/contractagreements/${contractId}`), {
    status: 200,
    body: { assetId: 'asset', consumerId: 'consumer' },
  })
  t.is((await call('POST', `${path}/terminate`, { reason: 'no context' })).status, 400)
  const context = ['https://w3id.org/edc/connector/management/v2']
  const terminate = { '@context': context, '@type': 'TerminateTransfer', reason: 'it failed' }
  t.is((await call('POST', `${path}/terminate`, terminate)).status, 204)
  await provider.reaches(processId, 'TERMINATED')
  t.is((await call('POST', `${path}/terminate`, terminate)).status, 409)
})
