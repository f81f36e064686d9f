import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { listJobs } from '../../support/entrypoint.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fetchResult, readAddress, waitsFor, writesSum } from '../service/service-stage.ts'
import { type PairUnderTest, reaches, type Side } from '../stand-in/pair-under-test.ts'
import { callBack, type RecordingPlane, recordingPlane, statusMessage } from '../stand-in/recording-plane.ts'
import type { EdcConnector } from './edc-connector.ts'
import { edcPair } from './edc-pair.ts'
import { type ServicesOnEdc, sinkTypes, startServicesOnEdc } from './services-on-edc.ts'
import { testOnEdc18, withEdcPair } from './testing.ts'

// The whole service as data plane of real control planes: of a provider's, and of a consumer's that receives.

withEdcPair()

let running: ServicesOnEdc | undefined
test.after.always(async () => running?.close())

interface Parts {
  readonly pair: PairUnderTest
  readonly services: ServicesOnEdc
}

async function parts(connectors: Readonly<Record<Side, EdcConnector>>): Promise<Parts> {
  running ??= await startServicesOnEdc(connectors)
  return { pair: edcPair(connectors), services: running }
}

/** A data plane of the consumer's that does as it is told, in place of its service. */
async function sink(t: ExecutionContext, pair: PairUnderTest): Promise<RecordingPlane> {
  const plane = await recordingPlane(t)
  await pair.register('consumer', plane.registration(Object.values(sinkTypes)))
  t.teardown(() => pair.unregister('consumer', plane.id))
  return plane
}

const both = { deadlineMs: 60_000 }
async function over(pair: PairUnderTest, consumerId: string, state: 'COMPLETED' | 'TERMINATED'): Promise<void> {
  await reaches(pair, 'provider', consumerId, state, both.deadlineMs)
  await reaches(pair, 'consumer', consumerId, state, both.deadlineMs)
}

for (const [transferType, transfers] of [
  ['Compute-PULL', ['pull']],
  ['Compute-Now-PULL', ['pull-sync']],
  ['Compute-PUSH', ['push']],
] as const)
  testOnEdc18(
    `${transferType}: computed at the provider, received and verified at the consumer, over on both sides`,
    async (t, connectors) => {
      const { pair, services } = await parts(connectors)
      const id = `sum-${transferType.toLowerCase()}`
      await services.offer(id, writesSum, { transfers: [...transfers] })
      const consumerId = await pair.request({ assetId: id, transferType })
      const reception = await services.received(consumerId)
      t.is(reception.state, 'received', JSON.stringify(reception.failure))
      t.is(reception.content?.verifiedBy, 'manifest')
      t.is(await services.read(reception, 'sum.txt'), '42')
      await over(pair, consumerId, 'COMPLETED')
    },
  )

testOnEdc18(
  'parameters of the consumer reach the worker by prepare’s metadata and by dataDestination',
  async (t, connectors) => {
    const { pair, services } = await parts(connectors)
    const parameters = {
      type: 'object',
      properties: { TOP: { type: 'integer' } },
      additionalProperties: false,
    } as const
    const code = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', process.env.TOP)`
    await services.offer('asked', code, { parameters, transfers: ['pull'] })
    const plane = await sink(t, pair)
    const byDestination = await pair.request({
      assetId: 'asked',
      transferType: sinkTypes.asynchronous,
      dataDestination: { type: 'ComputeInput', params: '{"TOP":7}' },
    })
    const { url, token } = readAddress((await plane.hears('started', byDestination, 60_000)).body)
    t.is(await (await fetchResult(url, token)).text(), '7')
    const byMetadata = await pair.request({
      assetId: 'asked',
      transferType: 'Compute-PULL',
      metadata: { params: { TOP: 8 } },
    })
    const reception = await services.received(byMetadata)
    t.is(reception.state, 'received', JSON.stringify(reception.failure))
    t.is(await services.read(reception, 'sum.txt'), '8')
  },
)

testOnEdc18('suspended, the address is closed; resumed, the same address and token work', async (t, connectors) => {
  const { pair, services } = await parts(connectors)
  await services.offer('paused', writesSum, { transfers: ['pull-sync'] })
  const plane = await sink(t, pair)
  const consumerId = await pair.request({ assetId: 'paused', transferType: sinkTypes.synchronous })
  const { url, token } = readAddress((await plane.hears('started', consumerId)).body)
  await reaches(pair, 'provider', consumerId, 'STARTED')
  await reaches(pair, 'consumer', consumerId, 'STARTED')
  await eventually('the result', async () => {
    const { status } = await fetchResult(url, token)
    return status === 200 ? { done: status } : { pending: `it answers ${status}` }
  })
  t.is(await pair.administer('consumer', consumerId, 'suspend'), 204)
  await reaches(pair, 'provider', consumerId, 'SUSPENDED')
  await reaches(pair, 'consumer', consumerId, 'SUSPENDED')
  t.not((await fetchResult(url, token)).status, 200)
  t.is(await pair.administer('consumer', consumerId, 'resume'), 204)
  await reaches(pair, 'provider', consumerId, 'STARTED')
  await reaches(pair, 'consumer', consumerId, 'STARTED')
  t.is((await fetchResult(url, token)).status, 200)
  const prepare = await plane.hears('prepare', consumerId)
  t.is(await callBack(prepare, 'completed', statusMessage(consumerId, 'COMPLETED')), 200)
  await over(pair, consumerId, 'COMPLETED')
  t.is((await fetchResult(url, token)).status, 401)
})

testOnEdc18('a terminate by the consumer while the job runs cancels it', async (t, connectors) => {
  const { pair, services } = await parts(connectors)
  await services.offer('endless', waitsFor(join(await temporaryFolder(t), 'never')), { transfers: ['pull'] })
  await sink(t, pair)
  const consumerId = await pair.request({ assetId: 'endless', transferType: sinkTypes.asynchronous })
  const { id } = await reaches(pair, 'provider', consumerId, 'STARTUP_REQUESTED')
  const newest = async () => (await listJobs(services.provider.adminUrl))[0]
  await eventually('the job to run', async () => {
    const job = await newest()
    return job?.state === 'running' ? { done: job } : { pending: `it is ${job?.state}` }
  })
  t.is(await pair.administer('consumer', consumerId, 'terminate'), 204)
  await over(pair, consumerId, 'TERMINATED')
  const job = await eventually('the job’s end', async () => {
    const found = await newest()
    return found?.state === 'cancelled' ? { done: found } : { pending: `it is ${found?.state} of ${id}` }
  })
  t.is(job.state, 'cancelled')
})

testOnEdc18('a failed job ends both sides, and the consumer reads why', async (t, connectors) => {
  const { pair, services } = await parts(connectors)
  await services.offer('broken', 'process.exit(3)', { transfers: ['pull'] })
  await sink(t, pair)
  const consumerId = await pair.request({ assetId: 'broken', transferType: sinkTypes.asynchronous })
  await over(pair, consumerId, 'TERMINATED')
  const shown = await pair.process('consumer', consumerId)
  t.regex(shown?.reason ?? '', /exit code|3/)
})

testOnEdc18('what cannot be computed is refused at once, and the consumer reads why', async (t, connectors) => {
  const { pair, services } = await parts(connectors)
  t.truthy(services)
  await pair.offer({ assetId: 'nowhere' })
  await sink(t, pair)
  const consumerId = await pair.request({ assetId: 'nowhere', transferType: sinkTypes.asynchronous })
  await over(pair, consumerId, 'TERMINATED')
  const shown = await pair.process('consumer', consumerId)
  t.regex(shown?.reason ?? '', /422/)
  t.regex(shown?.reason ?? '', /No compute asset/)
})

testOnEdc18(
  'after a restart of the provider’s control plane the service registers again, and transfers go on',
  async (t, connectors) => {
    const { pair, services } = await parts(connectors)
    const gate = join(await temporaryFolder(t), 'go')
    await services.offer('before', waitsFor(gate), { transfers: ['pull'] })
    const plane = await sink(t, pair)
    const lost = await pair.request({ assetId: 'before', transferType: sinkTypes.asynchronous })
    await reaches(pair, 'provider', lost, 'STARTUP_REQUESTED')
    await pair.restart('provider')
    writeFileSync(gate, '')
    await services.offer('after', writesSum, { transfers: ['pull'] })
    const consumerId = await eventually(
      'a transfer that is taken',
      async () => {
        const id = await pair.request({ assetId: 'after', transferType: sinkTypes.asynchronous })
        const state = await eventually('its fate', async () => {
          const process = await pair.process('consumer', id)
          return process?.state === 'TERMINATED' || process?.state === 'REQUESTED' || process?.state === 'STARTED'
            ? { done: process.state }
            : { pending: `it is ${process?.state}` }
        })
        return state === 'TERMINATED' ? { pending: 'it was refused' } : { done: id }
      },
      { deadlineMs: 60_000, pauseMs: 500 },
    )
    const { url, token } = readAddress((await plane.hears('started', consumerId, 60_000)).body)
    t.is(await (await fetchResult(url, token)).text(), '42')
    t.deepEqual(plane.of(lost, 'started'), [])
  },
)
