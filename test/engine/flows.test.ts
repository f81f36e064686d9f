import test, { type ExecutionContext } from 'ava'
import type { FlowMode } from '../../core/transfer/flow.ts'
import { flowState } from '../../entrypoint/engine/flow-state.ts'
import { assertQuiet } from './invariants.ts'
import type { Offer } from './offer.ts'
import { openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

const pull: FlowMode = { type: 'pull', start: 'async' }
const pullAtOnce: FlowMode = { type: 'pull', start: 'sync' }
const push: FlowMode = { type: 'push', start: 'async' }
const pushAtOnce: FlowMode = { type: 'push', start: 'sync' }

async function flowWorld(t: ExecutionContext, flow: FlowMode, offer: Offer = {}): Promise<World> {
  const world = await openWorld(t, offer)
  world.flow = flow
  world.backend.course = () => endsWell
  return world
}

const told = (world: World, kind: string): number =>
  world.connector.messages.filter((message) => message.kind === kind).length

test('started is not sent before our answer can have been processed, however quick the job is', async (t) => {
  const world = await flowWorld(t, pull)
  const began = world.clock.now()
  await world.request()
  const process = world.connector.process('process-1')
  await world.until('it has started', () => process.provisionedTimes === 1)
  t.true(world.clock.now() >= began + 1_000)
  t.is(told(world, 'started'), 1, 'and once')
})

test('a flow that starts at once has its access open before its job began', async (t) => {
  const world = await flowWorld(t, pullAtOnce)
  const jobId = await world.request()
  t.is(flowState(await world.transfer(jobId)), 'STARTED')
  t.is((await world.job(jobId)).state, 'accepted')
})

test('what a control plane says is done: suspend, resume with the same token, complete', async (t) => {
  const world = await flowWorld(t, pull, { retention: '1h' })
  const jobId = await world.request()
  await world.until('access', async () => (await world.transfer(jobId)).state === 'granted')
  const { generation } = await world.transfer(jobId)
  t.is(await world.signal('process-1', { event: 'suspended' }), 'done')
  t.is(await world.signal('process-1', { event: 'suspended' }), 'unchanged')
  t.is(flowState(await world.transfer(jobId)), 'SUSPENDED')
  t.is(await world.signal('process-1', { event: 'completed' }), 'refused', 'a suspended flow is resumed first')
  t.is(await world.signal('process-1', { event: 'resumed' }), 'done')
  t.is((await world.transfer(jobId)).generation, generation)
  t.is(await world.signal('process-1', { event: 'completed' }), 'done')
  t.is(await world.signal('process-1', { event: 'completed' }), 'unchanged')
  t.is(await world.signal('process-1', { event: 'resumed' }), 'refused')
  t.is(await world.signal('process-1', { event: 'terminated', reason: 'late' }), 'unchanged')
  world.connector.move('process-1', 'completed')
  await world.toTheEnd()
  t.is(flowState(await world.transfer(jobId)), 'COMPLETED')
  await assertQuiet(world)
})

test('a flow whose started was not taken yet is neither suspended nor completed', async (t) => {
  const world = await flowWorld(t, pull)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  t.is(await world.signal('process-1', { event: 'suspended' }), 'refused')
  t.is(await world.signal('process-1', { event: 'completed' }), 'refused')
  t.is(flowState(await world.transfer(jobId)), 'STARTING')
})

for (const event of ['suspended', 'completed'] as const) {
  test(`${event} comes while the answer to started is on record nowhere: it is done all the same`, async (t) => {
    const world = await flowWorld(t, pull, { retention: '1h' })
    const jobId = await world.request()
    await world.until('it is decided', async () => (await world.transfer(jobId)).state === 'granting')
    t.is(await world.signal('process-1', { event }), 'done')
    t.is(flowState(await world.transfer(jobId)), event === 'suspended' ? 'SUSPENDED' : 'COMPLETED')
  })
}

test('a terminate ends flow and job at once, and nobody is told anything', async (t) => {
  const world = await flowWorld(t, pull)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.connector.move('process-1', 'terminated')
  t.is(await world.signal('process-1', { event: 'terminated', reason: 'by the consumer' }), 'done')
  t.is((await world.job(jobId)).state, 'cancelled')
  t.is(flowState(await world.transfer(jobId)), 'TERMINATED')
  await world.toTheEnd()
  t.is(world.connector.messages.length, 0)
  await assertQuiet(world)
})

test('a lost terminate is found at the Management API', async (t) => {
  const world = await flowWorld(t, pull)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.connector.move('process-1', 'terminated')
  await world.until('the end', async () => (await world.job(jobId)).state === 'cancelled', minute)
  t.is(flowState(await world.transfer(jobId)), 'TERMINATED')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a suspended flow starts no job; a job that runs goes on', async (t) => {
  const world = await flowWorld(t, pullAtOnce)
  const waiting = await world.request('process-1')
  t.is(await world.signal('process-1', { event: 'suspended' }), 'done')
  await world.pass(10 * minute)
  t.is((await world.job(waiting)).state, 'queued')
  world.backend.course = () => runsForEver
  const running = await world.request('process-2')
  await world.untilJob(running, 'running')
  t.is(await world.signal('process-2', { event: 'suspended' }), 'done')
  await world.pass(minute)
  t.is((await world.job(running)).state, 'running')
  world.backend.course = () => endsWell
  t.is(await world.signal('process-1', { event: 'resumed' }), 'done')
  await world.untilJob(waiting, 'succeeded')
})

test('an agreement that the process does not run under is refused, and the process left alone', async (t) => {
  const world = await flowWorld(t, pull)
  const process = world.connector.begin('process-1', { assetId: 'sum', agreementId: 'other', parameters: undefined })
  world.connector.agreements.set('agreement-1', { consumerId: 'consumer', assetId: 'sum' })
  world.connector.processes.set('process-1', { ...process, agreementId: 'agreement-1' })
  const jobId = await world.send('process-1')
  world.connector.processes.set('process-1', process)
  await world.untilJob(jobId, 'failed')
  await world.pass(minute)
  t.deepEqual(process.terminatedFor, [])
  t.is(world.connector.messages.length, 0)
})

test('a failed job is reported at the address where its asset says so, also of a flow that started at once', async (t) => {
  for (const flow of [pull, pullAtOnce]) {
    const world = await flowWorld(t, flow, { onFailure: 'report' })
    world.reporting.add('1.0.0')
    world.backend.course = () => exitsWithThree
    const jobId = await world.request()
    await world.untilJob(jobId, 'failed')
    await world.pass(minute)
    t.is(flowState(await world.transfer(jobId)), 'STARTED')
    t.deepEqual(world.connector.process('process-1').erroredFor, [])
  }
})

test('a push that can report nothing ends', async (t) => {
  const world = await flowWorld(t, push, { onFailure: 'report' })
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  await world.toTheEnd()
  t.is(flowState(await world.transfer(jobId)), 'TERMINATED')
  t.is(world.connector.process('process-1').terminatedFor.length, 1)
  await assertQuiet(world)
})

test('completed is told only when the control plane says that the flow has started', async (t) => {
  const world = await flowWorld(t, pushAtOnce, { retention: '1h' })
  const jobId = await world.request()
  const process = world.connector.process('process-1')
  process.next = { at: world.clock.now() + 10 * minute, state: 'started' }
  process.state = 'provisioned'
  await world.until('it is delivered', () => world.pushes.length === 1)
  await world.pass(5 * minute)
  t.is(process.completedTimes, 0)
  t.is(flowState(await world.transfer(jobId)), 'STARTED')
  await world.toTheEnd()
  t.is(process.completedTimes, 1)
  t.is(world.pushes.length, 1, 'what is there is not sent again')
  await assertQuiet(world)
})

test('a push that the destination refuses ends the flow with the reason; one for later comes later', async (t) => {
  const world = await flowWorld(t, pushAtOnce, { retention: '1h' })
  world.pushOutcomes.push({ outcome: 'later', afterMs: 90_000 }, { outcome: 'refused', reason: 'It says 403.' })
  const jobId = await world.request()
  await world.until('the first try', () => world.pushes.length === 1)
  const began = world.clock.now()
  await world.until('the second', () => world.pushes.length === 2)
  t.is(world.clock.now(), began + 90_000)
  await world.toTheEnd()
  const transfer = await world.transfer(jobId)
  t.is(transfer.state === 'ended' ? transfer.reason : undefined, 'It says 403.')
  t.deepEqual(world.connector.process('process-1').terminatedFor, ['It says 403.'])
  await assertQuiet(world)
})

test('a suspended push waits, and goes on when it is resumed', async (t) => {
  const world = await flowWorld(t, push, { retention: '1h' })
  world.pushOutcomes.push({ outcome: 'later', afterMs: 60_000 })
  const jobId = await world.request()
  await world.until('the first try', () => world.pushes.length === 1)
  t.is(await world.signal('process-1', { event: 'suspended' }), 'done')
  world.connector.move('process-1', 'suspended')
  await world.pass(10 * minute)
  t.is(world.pushes.length, 1)
  world.connector.move('process-1', 'started')
  t.is(await world.signal('process-1', { event: 'resumed' }), 'done')
  await world.toTheEnd()
  t.is(world.pushes.length, 2)
  t.is(flowState(await world.transfer(jobId)), 'COMPLETED')
  await assertQuiet(world)
})

test('a control plane that cannot be asked: what the message says holds, and started is sent until it is taken', async (t) => {
  const world = await flowWorld(t, pull)
  world.connector.silent = true
  const jobId = await world.request()
  const process = world.connector.process('process-1')
  process.next = { at: world.clock.now() + 20_000, state: 'awaiting' }
  await world.until('it has started', async () => (await world.transfer(jobId)).state === 'granted')
  t.is(process.provisionedTimes, 1)
  t.true(told(world, 'started') > 2, 'it was too early before')
  const job = await world.job(jobId)
  t.like('terms' in job ? job.terms : undefined, { agreementId: 'agreement-1', consumerId: 'consumer' })
  await world.pass(10 * minute)
  t.is(process.lockedTimes, 0, 'once it is on record, it is not sent again')
  t.is((await world.transfer(jobId)).flow?.unclear, undefined)
})

test('and an answer that is lost: what comes of a second started tells that the first was taken', async (t) => {
  const world = await flowWorld(t, pull)
  world.connector.silent = true
  world.connector.flowDeliveries.push('taken, and the answer is lost')
  const jobId = await world.request()
  await world.until('it has started', async () => (await world.transfer(jobId)).state === 'granted')
  const process = world.connector.process('process-1')
  t.is(process.provisionedTimes, 1)
  await world.pass(10 * minute)
  t.true(process.lockedTimes <= 1, 'one further try at most')
})

for (const fault of ['crash-before', 'crash-after'] as const) {
  test(`and the process ends, ${fault} the call: at most one further started comes`, async (t) => {
    const world = await flowWorld(t, pull)
    world.connector.silent = true
    world.faults.next('connector.tell', 1, fault)
    const jobId = await world.request()
    await world.toTheEnd()
    t.true(world.faults.crashed)
    await world.restart()
    await world.until('it has started', async () => (await world.transfer(jobId)).state === 'granted')
    const process = world.connector.process('process-1')
    t.is(process.provisionedTimes, 1)
    await world.pass(10 * minute)
    t.true(process.lockedTimes <= 1)
  })
}

test('a failed job of a control plane that cannot be asked ends the flow here, and an operator sees it', async (t) => {
  const world = await flowWorld(t, pull)
  world.connector.silent = true
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  await world.untilJob(jobId, 'failed')
  await world.pass(minute)
  t.is(flowState(await world.transfer(jobId)), 'TERMINATED')
  t.deepEqual(world.connector.process('process-1').erroredFor, ['exit-code: The worker ended with 3.'])
  t.true(world.log.some(({ level, message }) => level === 'error' && message === 'callback refused'))
})

test('a push of a control plane that cannot be asked: completed comes when it can have started', async (t) => {
  const world = await flowWorld(t, push, { retention: '1h' })
  world.connector.silent = true
  const jobId = await world.request()
  const process = world.connector.process('process-1')
  await world.until('it is delivered', () => world.pushes.length === 1)
  await world.until('it is complete', () => process.completedTimes === 1)
  t.is(told(world, 'completed'), 1, 'not earlier')
  await world.toTheEnd()
  t.is(flowState(await world.transfer(jobId)), 'COMPLETED')
  await assertQuiet(world)
})
