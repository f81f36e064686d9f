import test, { type ExecutionContext } from 'ava'
import { forgetsForAWhile } from './forgets-for-a-while.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell, exitsWithThree } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

async function withResult(t: ExecutionContext): Promise<{ readonly world: World; readonly jobId: string }> {
  const world = await openWorld(t, { retention: '1h' })
  world.backend.course = () => endsWell
  world.connector.startedThen = { afterMs: 5_000, state: 'completed' }
  return { world, jobId: await world.request() }
}

const sent = (world: World, kind: 'provisioned' | 'terminate'): number =>
  world.connector.messages.filter((message) => message.kind === kind).length

test('a connector that is not ready is asked again after its pause, and every message says the same', async (t) => {
  const { world, jobId } = await withResult(t)
  world.connector.deliveries.push(...Array.from({ length: 5 }, () => ({ outcome: 'later', afterMs: 1_500 }) as const))
  await world.untilJob(jobId, 'succeeded')
  const began = world.clock.now()
  const process = world.connector.process('process-1')
  await world.until('it is taken', () => process.provisionedTimes === 1)
  t.is(world.clock.now(), began + 5 * 1_500, 'the pauses do not grow')
  await world.toTheEnd()
  t.is(process.provisionedTimes, 1)
  await assertQuiet(world)
})

test('a leased process (409) is asked again; what it took before the answer is not sent twice', async (t) => {
  const { world } = await withResult(t)
  world.faults.next('connector.provisioned', 1, 'done-but-fails')
  await world.toTheEnd()
  t.is(world.connector.process('process-1').provisionedTimes, 1)
  t.is(world.connector.process('process-1').state, 'completed')
  await assertQuiet(world)
})

test('a connector that cannot be reached gets its callback later and later, a minute apart at most', async (t) => {
  const { world, jobId } = await withResult(t)
  await world.untilJob(jobId, 'succeeded')
  world.faults.next('connector.provisioned', 12, 'fails')
  const times: number[] = []
  const plan = world.faults.plan
  world.faults.plan = (index, name) => {
    if (name === 'connector.provisioned') times.push(world.clock.now())
    return plan(index, name)
  }
  await world.until('the callback', () => world.connector.process('process-1').provisionedTimes === 1, 60 * minute)
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  t.deepEqual(
    pauses.toSorted((a, b) => a - b),
    pauses,
  )
  t.true((pauses.at(-1) ?? 0) >= 30_000 && (pauses.at(-1) ?? 0) <= minute, `${pauses.at(-1)} ms`)
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a transfer that is over on the other side: nothing more is sent, and the result goes', async (t) => {
  const { world, jobId } = await withResult(t)
  world.hints = false
  await world.untilJob(jobId, 'succeeded')
  world.connector.move('process-1', 'terminated')
  await world.toTheEnd()
  t.true(sent(world, 'provisioned') <= 1)
  t.is(world.connector.process('process-1').provisionedTimes, 0)
  t.not((await world.result(jobId))?.removedAt, undefined)
  await assertQuiet(world)
})

test('a connector that does not know the process when its callback is due, and then does, gets it', async (t) => {
  const { world, jobId } = await withResult(t)
  await world.untilJob(jobId, 'succeeded')
  const process = world.connector.process('process-1')
  await forgetsForAWhile(world, 'process-1', () => t.true(sent(world, 'provisioned') > 1))
  await world.toTheEnd()
  t.is(process.provisionedTimes, 1)
  t.is(process.state, 'completed')
  await assertQuiet(world)
})

test('a connector that does not know the process when it is to end it, and then does, ends it', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  await world.untilJob(jobId, 'failed')
  const process = world.connector.process('process-1')
  await forgetsForAWhile(world, 'process-1', () => t.true(sent(world, 'terminate') > 1))
  await world.toTheEnd()
  t.is(process.terminatedFor.length, 1)
  await assertQuiet(world)
})

test('a callback that the connector can never take ends the transfer with the reason', async (t) => {
  const { world, jobId } = await withResult(t)
  world.connector.refusal = 'the connector answered the callback with 400'
  await world.toTheEnd()
  const process = world.connector.process('process-1')
  t.deepEqual(process.terminatedFor, ['the connector answered the callback with 400'])
  t.is(process.provisionedTimes, 0)
  const transfer = await world.transfer(jobId)
  t.is(transfer.state === 'ended' ? transfer.outcome : undefined, 'terminated')
  t.not((await world.result(jobId))?.removedAt, undefined)
  await assertQuiet(world)
  t.true(world.log.some(({ level, message }) => level === 'error' && message === 'callback refused'))
})

for (const fault of ['crash-before', 'crash-after'] as const) {
  test(`a refused callback, and the process ends: ${fault} its record`, async (t) => {
    const { world } = await withResult(t)
    world.connector.refusal = 'no'
    world.faults.plan = (_, name) => (name === 'store.commit' && sent(world, 'provisioned') === 1 ? fault : undefined)
    await world.toTheEnd()
    t.true(world.faults.crashed)
    world.faults.plan = () => undefined
    await world.restart()
    if (fault === 'crash-after') world.connector.refusal = undefined // what was refused once is not sent again
    await world.toTheEnd()
    const process = world.connector.process('process-1')
    t.deepEqual([process.terminatedFor.length, process.provisionedTimes], [1, 0])
  })
}

test('a terminate that is refused is dropped', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  const refusals = Array.from({ length: 50 }, () => ({ outcome: 'refused', reason: 'no' }) as const)
  world.connector.deliveries.push(...refusals)
  await world.untilJob(jobId, 'failed')
  await world.pass(minute)
  t.is(sent(world, 'terminate'), 1)
})

test('a job that failed is told once, and again only until the connector has it', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  world.faults.next('connector.terminate', 3, 'done-but-fails')
  await world.request()
  await world.toTheEnd()
  t.deepEqual(world.connector.process('process-1').terminatedFor, ['exit-code: The worker ended with 3.'])
  await assertQuiet(world)
})

test('a failure that comes before the connector has processed our answer waits for that', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.request('process-1', { parameters: '{"UNDECLARED":1}' })
  await world.untilJob(jobId, 'failed')
  t.is(world.connector.process('process-1').state, 'preparing')
  await world.toTheEnd()
  t.is(world.connector.process('process-1').terminatedFor.length, 1)
  await assertQuiet(world)
})

test('a reason is cut to what a connector takes', async (t) => {
  const world = await openWorld(t)
  world.backend.refusal = () => ({ cause: 'invalid-image', message: 'x'.repeat(5_000) })
  await world.request()
  await world.toTheEnd()
  t.is(world.connector.process('process-1').terminatedFor[0]?.length, 1_000)
})

test('a connector that is configured no more: its work waits, and the others go on', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  world.connector.startedThen = { afterMs: 1_000, state: 'completed' }
  const jobId = await world.request('process-1')
  const { connectors } = world.parts
  const known = new Map(connectors)
  Object.assign(world.parts, { connectors: new Map() })
  await world.pass(30 * minute)
  t.is((await world.job(jobId)).state, 'accepted')
  Object.assign(world.parts, { connectors: known })
  await world.untilJob(jobId, 'succeeded')
})
