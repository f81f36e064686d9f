import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { eventually } from '../../support/eventually.ts'
import { firstTimes } from '../stand-in/faults.ts'
import { callBack, statusMessage } from '../stand-in/recording-plane.ts'
import {
  dataPlaneId,
  fetchResult,
  patienceMs,
  readAddress,
  startServiceStage,
  waitsFor,
  writesSum,
} from './service-stage.ts'

// The service as a provider's data plane, over HTTP, against control planes that do as EDC 0.18 was seen to.

const parameters = {
  type: 'object',
  properties: { TOP: { type: 'integer', minimum: 1, maximum: 9 } },
  additionalProperties: false,
} as const

test.serial(
  'a pull that starts when the result is there: one started, one address, and completed by the consumer',
  async (t) => {
    const { offer, pair, sink, until, stage, base } = await startServiceStage(t)
    await offer('sum', writesSum)
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
    const processId = await requested.providerId()
    await pair.provider.reaches(processId, 'STARTED', patienceMs)
    const [start] = pair.provider.ledger.signalsOf(processId, 'start')
    t.is(start?.status, 202)
    t.like(JSON.parse(start?.answer ?? ''), { dataFlowId: processId, state: 'STARTING' })
    t.is(pair.provider.ledger.count(processId, 'started'), 1)
    const started = await sink.hears('started', requested.consumerId, patienceMs)
    const { url, token } = readAddress(started.body)
    const response = await fetchResult(url, token)
    t.deepEqual([response.status, await response.text()], [200, '42'])
    t.is((await fetch(url, { headers: { Authorization: token } })).status, 200, 'EDC’s consumers send the bare token')
    t.is((await fetch(url)).status, 401)
    t.like(await (await fetch(`${base}/dataflows/${processId}/status`)).json(), {
      dataFlowId: processId,
      state: 'STARTED',
    })
    const [prepared] = sink.of(requested.consumerId, 'prepare')
    if (prepared === undefined) throw new Error('the consumer prepared nothing')
    t.is(await callBack(prepared, 'completed', statusMessage(requested.consumerId, 'COMPLETED')), 200)
    await pair.provider.reaches(processId, 'COMPLETED', patienceMs)
    t.is((await until(requested, 'ended')).state, 'ended')
    t.is((await fetchResult(url, token)).status, 401, 'what is over is closed')
    t.is(pair.provider.ledger.count(processId, 'started', 'broken'), 0)
    const log = stage.log.map(({ message }) => message)
    t.true(log.includes('registered with a control plane'))
  },
)

test.serial(
  'a pull that starts at once: the address answers 202 with the progress until the result is there',
  async (t) => {
    const { offer, pair, sink } = await startServiceStage(t)
    const gate = join(await temporaryFolder(t), 'go')
    await offer('sum', waitsFor(gate), { transfers: ['pull', 'pull-sync'] })
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-Now-PULL' })
    const processId = await requested.providerId()
    await pair.provider.reaches(processId, 'STARTED', patienceMs)
    const [start] = pair.provider.ledger.signalsOf(processId, 'start')
    t.is(start?.status, 200)
    const { url, token } = readAddress((await sink.hears('started', requested.consumerId, patienceMs)).body)
    await eventually('the worker runs', async () => {
      const response = await fetchResult(url, token)
      t.is(response.status, 202)
      t.truthy(response.headers.get('Retry-After'))
      const { state } = (await response.json()) as { state: string }
      return state === 'running' ? { done: state } : { pending: state }
    })
    for (const below of ['manifest.json', 'files.zip', 'files/sum.txt'])
      t.is((await fetchResult(`${url}/${below}`, token)).status, 202, below)
    writeFileSync(gate, '')
    const text = await eventually('the result', async () => {
      const response = await fetchResult(url, token)
      const body = await response.text()
      return response.status === 200 ? { done: body } : { pending: body }
    })
    t.is(text, '42')
    t.deepEqual(pair.provider.ledger.callbacksOf(processId), [], 'it has started already')
  },
)

test.serial('what can be judged at once is refused at once, and the consumer reads why', async (t) => {
  const { offer, pair, stage } = await startServiceStage(t)
  await offer('sum', writesSum, { parameters })
  pair.provider.offer({ assetId: 'nothing' })
  const cases = [
    [{ assetId: 'nothing', transferType: 'Compute-PULL' }, /No compute asset .*nothing.* is offered here/],
    [{ assetId: 'sum', transferType: 'Compute-Now-PULL' }, /does not offer pull-sync; it offers pull/],
    [
      { assetId: 'sum', transferType: 'Compute-PULL', dataDestination: { type: 'ComputeInput', params: '{"TOP":10}' } },
      /The parameters cannot be used: TOP /,
    ],
    [
      { assetId: 'sum', transferType: 'Compute-PULL', dataDestination: { type: 'ComputeInput', params: '{' } },
      /no JSON text/,
    ],
  ] as const
  for (const [request, reason] of cases) {
    const requested = pair.request(request)
    await t.throwsAsync(pair.consumer.reaches(requested.consumerId, 'STARTED', patienceMs), { message: reason })
    const [start] = pair.provider.ledger.signalsOf(requested.atProvider()?.id ?? '', 'start')
    t.is(start?.status, 422)
  }
  t.deepEqual(await stage.store.listJobs({ limit: 10 }), [], 'and nothing is kept')
})

test.serial('parameters in the consumer’s dataDestination reach the worker', async (t) => {
  const { offer, pair, sink } = await startServiceStage(t)
  const code = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', process.env.TOP)`
  await offer('sum', code, { parameters })
  const dataDestination = { type: 'ComputeInput', params: '{"TOP":7}' }
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL', dataDestination })
  const { url, token } = readAddress((await sink.hears('started', requested.consumerId, patienceMs)).body)
  t.is(await (await fetchResult(url, token)).text(), '7')
})

test.serial(
  'a start that comes again is the same flow: the same message, and a new one after a crash of the control plane',
  async (t) => {
    const { offer, pair, stage } = await startServiceStage(t)
    await offer('sum', writesSum)
    pair.provider.forgetNextAnswer('INITIAL')
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
    const processId = await requested.providerId()
    await pair.provider.reaches(processId, 'STARTED', patienceMs)
    const starts = pair.provider.ledger.signalsOf(processId, 'start')
    t.is(starts.length, 2)
    t.not(starts[0]?.body['messageId'], starts[1]?.body['messageId'])
    t.deepEqual(
      starts.map(({ status }) => status),
      [202, 202],
    )
    t.is((await stage.store.transfersOfProcess('plane', processId)).length, 1)
    t.is(pair.provider.ledger.count(processId, 'started'), 1)
  },
)

test.serial('an answer to started that is lost: the process is looked at, and started is not sent again', async (t) => {
  const { offer, pair, until } = await startServiceStage(t)
  await offer('sum', writesSum)
  pair.provider.faults({ callback: firstTimes(1, 'cut-after') })
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  await until(requested, 'granted')
  const processId = await requested.providerId()
  await pair.provider.reaches(processId, 'STARTED', patienceMs)
  t.is(pair.provider.ledger.callbacksOf(processId, 'started').length, 1)
})

test.serial(
  'a control plane that cannot be asked, and loses an answer: at most one further started, and the flow goes on',
  async (t) => {
    const { offer, pair, until } = await startServiceStage(t, { silent: true })
    await offer('sum', writesSum)
    pair.provider.faults({ callback: firstTimes(1, 'cut-after') })
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
    await until(requested, 'granted')
    const processId = await requested.providerId()
    await pair.provider.reaches(processId, 'STARTED', patienceMs)
    t.true(pair.provider.ledger.callbacksOf(processId, 'started').length <= 2)
  },
)

test.serial('a consumer’s terminate ends flow and job, however often it comes', async (t) => {
  const { offer, pair, until, base, stage } = await startServiceStage(t)
  await offer('sum', waitsFor('/nowhere'))
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  const processId = await requested.providerId()
  await until(requested, 'requested')
  await pair.provider.reaches(processId, 'STARTUP_REQUESTED', patienceMs)
  t.is(pair.consumer.terminate(requested.consumerId, 'enough'), 204)
  const { jobId } = await until(requested, 'ended')
  t.is((await stage.store.job(jobId))?.value.state, 'cancelled')
  for (const messageId of ['one', 'two']) {
    const response = await fetch(`${base}/dataflows/${processId}/terminate`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ messageId }),
    })
    t.is(response.status, 200)
    await response.text()
  }
})

test.serial('suspended, access is closed; resumed, the same address and token open it again', async (t) => {
  const { offer, pair, sink, until } = await startServiceStage(t)
  await offer('sum', writesSum, { transfers: ['pull-sync'] })
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  const processId = await requested.providerId()
  await pair.provider.reaches(processId, 'STARTED', patienceMs)
  const { url, token } = readAddress((await sink.hears('started', requested.consumerId, patienceMs)).body)
  await eventually('the result', async () => {
    const { status } = await fetchResult(url, token)
    return status === 200 ? { done: true } : { pending: String(status) }
  })
  await pair.consumer.reaches(requested.consumerId, 'STARTED', patienceMs)
  t.is(pair.provider.suspend(processId, 'wait'), 204)
  await until(requested, 'suspended')
  const closed = await fetchResult(url, token)
  t.is(closed.status, 403)
  await pair.provider.reaches(processId, 'SUSPENDED', patienceMs)
  await pair.consumer.reaches(requested.consumerId, 'SUSPENDED', patienceMs)
  t.is(pair.provider.resume(processId), 204)
  await until(requested, 'granted')
  await pair.provider.reaches(processId, 'STARTED', patienceMs)
  const [resumed] = pair.provider.ledger.signalsOf(processId, 'resume')
  t.deepEqual(readAddress(JSON.parse(resumed?.answer ?? '{}') as Record<string, unknown>), { url, token })
  t.is((await fetchResult(url, token)).status, 200)
})

test.serial('a job that fails ends its transfer through the Management API, and both sides read why', async (t) => {
  const { offer, pair, until } = await startServiceStage(t)
  await offer('sum', 'process.exit(3)')
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  await until(requested, 'ended')
  await t.throwsAsync(pair.consumer.reaches(requested.consumerId, 'STARTED', patienceMs), {
    message: /exit-code: The worker exited with 3/,
  })
  const processId = await requested.providerId()
  t.is(pair.provider.ledger.callbacksOf(processId, 'errored').length, 1)
})

test.serial('an end that the control plane answers with 401 is told again: it may have been restarted', async (t) => {
  const { offer, pair, until } = await startServiceStage(t, { silent: true })
  pair.provider.faults({ callback: firstTimes(2, { status: 401 }, ({ kind }) => kind === 'errored') })
  await offer('sum', 'process.exit(3)')
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  await until(requested, 'ended')
  const processId = await requested.providerId()
  await eventually('the end to be taken', () => {
    const taken = pair.provider.ledger.callbacksOf(processId, 'errored').length
    return taken > 0 ? { done: true } : { pending: `${taken} were` }
  })
  t.is(pair.provider.ledger.callbacksOf(processId, 'errored').length, 1, 'after two that were refused')
})

test.serial(
  'where it cannot be asked, a failed job ends the flow here, and the log says what is left to do',
  async (t) => {
    const { offer, pair, until, stage, base } = await startServiceStage(t, { silent: true })
    await offer('sum', 'process.exit(3)')
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
    await until(requested, 'ended')
    const processId = await requested.providerId()
    t.like(await (await fetch(`${base}/dataflows/${processId}/status`)).json(), { state: 'TERMINATED' })
    const line = await eventually('the log', () => {
      const found = stage.log.find(({ message }) => message === 'callback refused')
      return found === undefined ? { pending: 'not yet' } : { done: found }
    })
    t.regex(JSON.stringify(line), /no Management API is configured/)
  },
)

test.serial('a control plane that was restarted and forgot us is registered with again', async (t) => {
  const { pair } = await startServiceStage(t)
  await pair.provider.restart({ stores: 'lost', mountMs: 300 })
  await eventually('the registration', () =>
    pair.provider.dataPlanes.find(dataPlaneId) === undefined ? { pending: 'it is gone' } : { done: true },
  )
  const endpoint = pair.provider.dataPlanes.find(dataPlaneId)?.endpoint
  t.regex(endpoint ?? '', /\/dataplanes\/plane\/dataflows$/)
})

test.serial('a control plane of RC3, which names no callback address', async (t) => {
  const { offer, pair, until } = await startServiceStage(t, { pair: { generation: 'rc3' } })
  await offer('sum', writesSum)
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PULL' })
  await until(requested, 'granted')
  t.pass()
})
