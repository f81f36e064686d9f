import test, { type ExecutionContext } from 'ava'
import { eventually } from '../../support/eventually.ts'
import { startSink } from '../../support/sink.ts'
import { firstTimes } from '../stand-in/faults.ts'
import { patienceMs, type ServiceStage, type StageOptions, startServiceStage, writesSum } from './service-stage.ts'
import { statusMessage } from '../stand-in/recording-plane.ts'

const allowed = { DSC_PUSH_HOSTS: '127.0.0.1' }

/** A stage whose consumer wants everything at an address of its own. */
async function pushStage(
  t: ExecutionContext,
  options: StageOptions = {},
): Promise<ServiceStage & { readonly bodies: readonly Buffer[] }> {
  const served = await startServiceStage(t, { environment: allowed, ...options })
  const target = await startSink()
  t.teardown(() => target.close())
  served.sink.answer('prepare', ({ processId }) => ({
    status: 200,
    body: statusMessage(processId, 'PREPARED', {
      '@type': 'DataAddress',
      endpointType: 'HttpData',
      endpoint: target.url,
      endpointProperties: [
        { '@type': 'EndpointProperty', name: 'authKey', value: 'X-Key' },
        { '@type': 'EndpointProperty', name: 'authCode', value: 'key-of-the-destination-0123456789' },
      ],
    }),
  }))
  return { ...served, bodies: target.bodies }
}

for (const [transferType, transfers, status] of [
  ['Compute-PUSH', ['push'], 202],
  ['Compute-Now-PUSH', ['push-sync'], 200],
] as const) {
  test.serial(
    `${transferType}: the result is delivered, completed comes once it has started, and both sides end well`,
    async (t) => {
      const { offer, pair, bodies, until, stage } = await pushStage(t)
      await offer('sum', writesSum, { transfers: [...transfers] })
      const requested = pair.request({ assetId: 'sum', transferType })
      const processId = await requested.providerId()
      await pair.provider.reaches(processId, 'COMPLETED', patienceMs)
      await pair.consumer.reaches(requested.consumerId, 'COMPLETED', patienceMs)
      t.is(pair.provider.ledger.signalsOf(processId, 'start')[0]?.status, status)
      t.deepEqual(
        bodies.map((body) => body.toString()),
        ['42'],
      )
      t.is(pair.provider.ledger.count(processId, 'completed'), 1)
      const ended = await until(requested, 'ended')
      t.is(ended.state === 'ended' ? ended.outcome : undefined, 'completed')
      t.false(JSON.stringify(ended).includes('key-of-the-destination'), 'what opens the destination is forgotten')
      const { usage } = (await (await fetch(`${stage.adminUrl}/api/v1/usage`)).json()) as { usage?: unknown }
      t.not(usage, null)
    },
  )
}

test.serial('completed is not told while the control plane is still starting', async (t) => {
  const { offer, pair, bodies } = await pushStage(t)
  await offer('sum', writesSum, { transfers: ['push'] })
  const release = pair.provider.hold('STARTING')
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PUSH' })
  const processId = await requested.providerId()
  await eventually('the delivery', () => (bodies.length > 0 ? { done: true } : { pending: 'nothing came' }))
  t.deepEqual(pair.provider.ledger.callbacksOf(processId, 'completed'), [])
  release()
  await pair.provider.reaches(processId, 'COMPLETED', patienceMs)
  t.is(bodies.length, 1)
})

test.serial('a consumer that has not yet taken the start in is not told of the completion', async (t) => {
  const { offer, pair, bodies } = await pushStage(t)
  await offer('sum', writesSum, { transfers: ['push'] })
  const release = pair.consumer.hold('STARTUP_REQUESTED')
  const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PUSH' })
  const processId = await requested.providerId()
  const startedAt = (await pair.provider.reaches(processId, 'STARTED', patienceMs)).stateTimestamp
  release()
  await pair.provider.reaches(processId, 'COMPLETED', patienceMs)
  await pair.consumer.reaches(requested.consumerId, 'COMPLETED', patienceMs)
  const [completed] = pair.provider.ledger.callbacksOf(processId, 'completed')
  // Told at once, it comes within half a second: the pause between two looks.
  t.true(performance.timeOrigin + (completed?.at ?? 0) - startedAt > 1_500)
  t.is(bodies.length, 1)
})

test.serial(
  'a control plane that cannot be asked: completed comes late enough, and an answer that is lost does no harm',
  async (t) => {
    const { offer, pair, until } = await pushStage(t, { silent: true })
    await offer('sum', writesSum, { transfers: ['push'] })
    pair.provider.faults({ callback: firstTimes(1, 'cut-after', ({ kind }) => kind === 'completed') })
    const requested = pair.request({ assetId: 'sum', transferType: 'Compute-PUSH' })
    const ended = await until(requested, 'ended')
    t.is(ended.state === 'ended' ? ended.outcome : undefined, 'completed')
  },
)

test.serial('a push without a destination, or to one that is not allowed, is refused at once', async (t) => {
  const { offer, pair, sink } = await startServiceStage(t)
  await offer('sum', writesSum, { transfers: ['push'] })
  const without = pair.request({ assetId: 'sum', transferType: 'Compute-PUSH' })
  await t.throwsAsync(pair.consumer.reaches(without.consumerId, 'STARTED', patienceMs), {
    message: /A push needs the data address/,
  })
  sink.answer('prepare', ({ processId }) => ({
    status: 200,
    body: statusMessage(processId, 'PREPARED', {
      '@type': 'DataAddress',
      endpointType: 'HttpData',
      endpoint: 'http://10.0.0.1/inside',
      endpointProperties: [],
    }),
  }))
  const inside = pair.request({ assetId: 'sum', transferType: 'Compute-PUSH' })
  await t.throwsAsync(pair.consumer.reaches(inside.consumerId, 'STARTED', patienceMs), {
    message: /is not at a public address/,
  })
})
