import test from 'ava'
import { controlPlane } from '../../../dps/client/control-plane.ts'
import { registration } from '../../../dps/client/registration.ts'
import type { Outcome } from '../../../dps/client/send.ts'
import { tellUntilTaken } from '../../../dps/client/tell-until-taken.ts'
import type { FlowMessage } from '../../../dps/data-plane.ts'
import { memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { type KeptFlows, keepFlows } from '../../../dps/flow/keep-flows.ts'
import { eventually } from '../../support/eventually.ts'
import type { ControlPlane } from '../stand-in/control-plane.ts'
import { pairFor } from '../stand-in/pair.ts'
import { serve } from './serve.ts'
import { textServer } from './text-server.ts'

const quick = { firstMs: 20, longestMs: 100 }

/** A consumer's data plane that is ready for whatever comes. */
function consumer(sink?: string): KeptFlows {
  const address =
    sink === undefined ? {} : { dataAddress: { endpointType: 'HttpData', endpoint: sink, properties: { key: 'k' } } }
  const prepare = async ({ processId: flowId }: FlowMessage) => ({ flowId, state: 'PREPARED', ...address }) as const
  return keepFlows({ prepare }, { store: memoryFlowStore() })
}

/** Tells the notice and notes it when it was taken. */
async function tell(
  flows: KeptFlows,
  to: ControlPlane,
  notice: 'started' | 'completed',
  processId: string,
  dataAddress?: { endpointType: string; endpoint: string; properties: Record<string, string> },
): Promise<{ last: Outcome; attempts: Outcome[] }> {
  const attempts: Outcome[] = []
  const state = notice === 'started' ? 'STARTED' : 'COMPLETED'
  const address = dataAddress === undefined ? {} : { dataAddress }
  const last = await tellUntilTaken({
    controlPlane: controlPlane({ address: to.signalingUrl }),
    notice,
    processId,
    status: { flowId: processId, state, ...address },
    onAttempt: (outcome) => attempts.push(outcome),
    ...quick,
  })
  if (last.outcome === 'taken') await flows.became(processId, notice, address)
  return { last, attempts }
}

test('an asynchronous pull: told too early, told again, taken once', async (t) => {
  const pair = await pairFor(t, { storeMs: 200 })
  const told: Promise<{ last: Outcome; attempts: Outcome[] }>[] = []
  const flows: KeptFlows = keepFlows(
    {
      async start({ processId: flowId }) {
        const dataAddress = { endpointType: 'HttpData', endpoint: 'http://p.example/result', properties: {} }
        setImmediate(() => told.push(tell(flows, pair.provider, 'started', flowId, dataAddress)))
        return { flowId, state: 'STARTING' }
      },
    },
    { store: memoryFlowStore() },
  )
  const at = await serve(t, flows, pair.provider, 'Later-PULL')
  await serve(t, consumer(), pair.consumer, 'Later-PULL')
  pair.provider.offer({ assetId: 'a' })
  const { consumerId, providerId } = pair.request({ assetId: 'a', transferType: 'Later-PULL' })
  await pair.consumer.reaches(consumerId, 'STARTED')
  const id = await providerId()
  await pair.provider.reaches(id, 'STARTED')

  t.is(told.length, 1)
  const { last, attempts } = (await told[0]) ?? {}
  t.deepEqual(last, { outcome: 'taken' })
  t.like(attempts?.[0], { outcome: 'later', status: 500 })
  t.is(pair.provider.ledger.count(id, 'started', 'changed'), 1)
  t.is(pair.provider.ledger.count(id, 'started', 'repeated'), 0)
  t.is(pair.provider.ledger.count(id, 'started', 'broken'), 0)
  t.like(await flows.find(id), { state: 'STARTED' })
  const status = await fetch(`${at.url}/dataflows/${id}/status`)
  t.deepEqual(await status.json(), { dataFlowId: id, state: 'STARTED' })
  t.deepEqual(at.errors, [])
})

test('a push: the destination of prepare arrives with start, and completed ends both sides', async (t) => {
  const pair = await pairFor(t)
  const got: string[] = []
  const sink = await textServer(t, (request, text, response) => {
    got.push(`${request.method} ${text}`)
    response.end()
  })
  const started: FlowMessage[] = []
  const flows = keepFlows(
    {
      async start(message) {
        started.push(message)
        return { flowId: message.processId, state: 'STARTED' }
      },
    },
    { store: memoryFlowStore() },
  )
  await serve(t, flows, pair.provider, 'Send-PUSH')
  const receiving = consumer(sink)
  await serve(t, receiving, pair.consumer, 'Send-PUSH')
  pair.provider.offer({ assetId: 'a' })
  const { consumerId, providerId } = pair.request({ assetId: 'a', transferType: 'Send-PUSH' })
  const id = await providerId()
  await pair.provider.reaches(id, 'STARTED')
  await pair.consumer.reaches(consumerId, 'STARTED')

  const { endpoint, properties } = started[0]?.dataAddress ?? {}
  t.is(endpoint, sink)
  t.is(properties?.['key'], 'k')
  await (await fetch(endpoint ?? '', { method: 'POST', body: 'the data' })).text()
  t.deepEqual((await tell(flows, pair.provider, 'completed', id)).last, { outcome: 'taken' })
  await pair.consumer.reaches(consumerId, 'COMPLETED')
  await pair.provider.reaches(id, 'COMPLETED')
  t.deepEqual(got, ['POST the data'])
  await eventually('the consumer’s data plane to know', async () => {
    const flow = await receiving.find(consumerId)
    return flow?.state === 'COMPLETED' ? { done: flow } : { pending: `it is ${flow?.state}` }
  })
  t.like(await flows.find(id), { state: 'COMPLETED' })
})

test('a control plane that lost the answer sends the start again with a new messageId: one flow, started once', async (t) => {
  const pair = await pairFor(t)
  const starts: string[] = []
  const flows: KeptFlows = keepFlows(
    {
      async start({ processId: flowId, messageId }) {
        starts.push(messageId)
        return { flowId, state: 'STARTING' }
      },
    },
    { store: memoryFlowStore() },
  )
  await serve(t, flows, pair.provider, 'Again-PULL')
  await serve(t, consumer(), pair.consumer, 'Again-PULL')
  pair.provider.offer({ assetId: 'a' })
  pair.provider.forgetNextAnswer('INITIAL')
  const { providerId } = pair.request({ assetId: 'a', transferType: 'Again-PULL' })
  const id = await providerId()
  await pair.provider.reaches(id, 'STARTUP_REQUESTED')
  const signals = pair.provider.ledger.signalsOf(id, 'start')
  t.is(signals.length, 2)
  t.not(signals[0]?.body['messageId'], signals[1]?.body['messageId'])
  t.deepEqual(
    signals.map(({ status }) => status),
    [202, 202],
  )
  t.is(starts.length, 1)
})

test('a refusal ends the transfer, and the consumer reads its words', async (t) => {
  const pair = await pairFor(t)
  await serve(t, keepFlows({}, { store: memoryFlowStore() }), pair.provider, 'None-PULL')
  await serve(t, consumer(), pair.consumer, 'None-PULL')
  pair.provider.offer({ assetId: 'a' })
  const { consumerId, providerId } = pair.request({ assetId: 'a', transferType: 'None-PULL' })
  await pair.consumer.reaches(consumerId, 'TERMINATED')
  t.regex(pair.consumer.process(consumerId)?.errorDetail ?? '', /does not take part in start/)
  await pair.provider.reaches(await providerId(), 'TERMINATED')
})

test('a control plane that was restarted without its stores knows the data plane again', async (t) => {
  const pair = await pairFor(t)
  const dataPlane = { dataplaneId: 'kept', endpoint: 'http://127.0.0.1:9/dataflows', profiles: ['Kept-PULL'] }
  const headers = { 'x-api-key': pair.provider.key }
  const kept = registration({ address: `${pair.provider.managementUrl}/v4`, headers, dataPlane }).keep({
    everyMs: 50,
    ...quick,
  })
  t.teardown(() => kept.stop())
  const known = () =>
    eventually('the control plane to know it', () =>
      pair.provider.dataPlanes.find('kept') === undefined ? { pending: 'unknown' } : { done: true },
    )
  await known()
  await pair.provider.restart({ mountMs: 200, downMs: 100 })
  t.is(pair.provider.dataPlanes.find('kept'), undefined)
  await known()
  await kept.stop()
})
