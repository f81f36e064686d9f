import test from 'ava'
import { forgetsForAWhile } from './forgets-for-a-while.ts'
import { filesPrefix } from '../../core/job/names.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell, runsForEver } from './scripted-backend.ts'
import { day, minute, type World } from './world.ts'

const hour = 60 * minute

async function granted(world: World): Promise<string> {
  world.backend.course = () => endsWell
  const jobId = await world.request()
  await world.until('access', async () => (await world.transfer(jobId)).state === 'granted')
  return jobId
}

for (const hints of [true, false]) {
  test(`a transfer is suspended and resumed, ${hints ? 'told by events' : 'found by asking'}`, async (t) => {
    const world = await openWorld(t)
    const jobId = await granted(world)
    world.hints = hints
    const { generation } = await world.transfer(jobId)
    for (let round = 0; round < 2; round += 1) {
      await world.move('process-1', 'suspended')
      await world.until('it is suspended', async () => (await world.transfer(jobId)).state === 'suspended', minute)
      await world.move('process-1', 'started')
      await world.until('it is open again', async () => (await world.transfer(jobId)).state === 'granted', minute)
    }
    t.is((await world.transfer(jobId)).generation, generation, 'the token that the consumer has opens it again')
    t.is((await world.result(jobId))?.removedAt, undefined)
  })
}

test('a transfer that is suspended and then terminated ends, and its result goes', async (t) => {
  const world = await openWorld(t)
  const jobId = await granted(world)
  await world.move('process-1', 'suspended')
  await world.until('it is suspended', async () => (await world.transfer(jobId)).state === 'suspended')
  await world.move('process-1', 'terminated')
  await world.toTheEnd()
  t.not((await world.result(jobId))?.removedAt, undefined)
  await assertQuiet(world)
})

test('a process that started and was suspended between two looks is suspended', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const jobId = await world.request()
  const process = world.connector.process('process-1')
  await world.until('the callback', () => process.provisionedTimes === 1)
  world.hints = false
  await world.move('process-1', 'started')
  await world.move('process-1', 'suspended')
  t.is((await world.transfer(jobId)).state, 'granting')
  await world.pass(minute)
  t.is((await world.transfer(jobId)).state, 'suspended', 'access is closed')
  await world.move('process-1', 'started')
  await world.pass(minute)
  t.is((await world.transfer(jobId)).state, 'granted')
})

test('a completed transfer: the result stays for its retention to the millisecond, its logs for ever', async (t) => {
  const world = await openWorld(t, { retention: '90s' })
  const jobId = await granted(world)
  await world.move('process-1', 'completed')
  await world.until('the end', async () => (await world.transfer(jobId)).state === 'ended')
  const { since } = await world.transfer(jobId)
  const file = `${filesPrefix({ jobId, attempt: 1 })}sum.txt`
  await world.pass(since + 90_000 - 1 - world.clock.now())
  t.not(await world.objects.head(file), undefined)
  t.is((await world.result(jobId))?.expiresAt, since + 90_000)
  await world.pass(1)
  t.is(await world.objects.head(file), undefined)
  t.is((await world.result(jobId))?.removedAt, since + 90_000)
  await world.toTheEnd()
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  await assertQuiet(world)
})

test('an open transfer keeps its result as long as it is open, whatever the retention', async (t) => {
  const world = await openWorld(t, { retention: '60s' })
  const jobId = await granted(world)
  await world.pass(2 * day)
  t.is((await world.result(jobId))?.removedAt, undefined)
  t.is((await world.transfer(jobId)).state, 'granted')
})

test('a removal that the object store does not let through at once is tried until it is done', async (t) => {
  const world = await openWorld(t, { retention: '60s' })
  const jobId = await granted(world)
  await world.move('process-1', 'completed')
  await world.pass(30_000)
  world.faults.next('objects.removeAll', 10, 'fails')
  await world.toTheEnd()
  t.not((await world.result(jobId))?.removedAt, undefined)
  await assertQuiet(world)
})

test('a connector that forgets an open transfer is believed after about a minute', async (t) => {
  const world = await openWorld(t)
  const jobId = await granted(world)
  world.connector.processes.delete('process-1')
  const began = world.clock.now()
  await world.until('the end', async () => (await world.transfer(jobId)).state === 'ended', hour)
  const took = world.clock.now() - began
  t.true(took >= 30_000 && took <= 3 * minute, `${took} ms`)
  await world.toTheEnd()
  t.not((await world.result(jobId))?.removedAt, undefined)
  await assertQuiet(world)
})

test('a connector that forgets a transfer for a moment is not believed', async (t) => {
  const world = await openWorld(t)
  const jobId = await granted(world)
  await forgetsForAWhile(world, 'process-1')
  await world.pass(hour)
  t.is((await world.transfer(jobId)).state, 'granted')
})

test('a connector that was down for a while and then does not know the process once is not believed', async (t) => {
  const world = await openWorld(t)
  const jobId = await granted(world)
  world.faults.next('connector.transferProcess', 12, 'fails')
  const asked = world.faults.calls.length
  const tries = (): number =>
    world.faults.calls.slice(asked).filter((name) => name === 'connector.transferProcess').length
  await world.until('it is up again', () => tries() === 12, hour)
  const process = world.connector.process('process-1')
  world.connector.processes.delete('process-1')
  await world.until('it was asked', () => tries() === 13, hour)
  world.connector.processes.set('process-1', process)
  await world.pass(10 * minute)
  t.is((await world.transfer(jobId)).state, 'granted')
})

test('a connector that forgets a transfer while its job runs: the job is cancelled, not computed for nobody', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.connector.processes.delete('process-1')
  await world.untilJob(jobId, 'cancelled', 'failed')
  t.is((await world.job(jobId)).state, 'cancelled')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a connector that is down while the job runs costs nothing', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const jobId = await world.request()
  await world.untilJob(jobId, 'starting')
  world.faults.next('connector.transferProcess', 40, 'fails')
  await world.pass(20 * minute)
  t.is((await world.job(jobId)).state, 'succeeded')
  await world.until('access', async () => (await world.transfer(jobId)).state === 'granted', hour)
})
