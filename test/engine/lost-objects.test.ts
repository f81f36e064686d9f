import test from 'ava'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute } from './world.ts'

for (const state of ['starting', 'running', 'storing'] as const) {
  test(`objects that vanish while the job is ${state}: the machine is lost, and the next attempt follows`, async (t) => {
    const world = await openWorld(t, { limits: { retries: 1 } })
    world.backend.course = ({ ref }) => (ref.attempt === 2 ? endsWell : state === 'starting' ? [] : runsForEver)
    const jobId = await world.request()
    if (state === 'storing') {
      await world.untilJob(jobId, 'running')
      await world.happen(jobId, { to: 'storing' })
    }
    await world.untilJob(jobId, state)
    await world.until('the launch is on record', async () => (await world.attempt(jobId)).launched)
    await world.happen(jobId, { to: 'gone' })
    await world.untilJob(jobId, 'succeeded')
    const [first] = (await world.job(jobId)).attempts
    t.is(first?.failure?.cause, 'node-lost')
    t.is(world.backend.made.length, 2)
  })
}

test('objects that somebody else removes: the attempt is over when that begins, the next one starts when they are gone', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 2 ? endsWell : runsForEver)
  world.backend.removalMs = undefined
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'removing' })
  await world.untilJob(jobId, 'queued')
  await world.pass(5 * minute)
  t.is(world.backend.made.length, 1)
  await world.happen(jobId, { to: 'gone' })
  await world.untilJob(jobId, 'succeeded')
})

test('objects lost and no retry: the job fails with the cause', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'gone' })
  await world.toTheEnd()
  const { cause, message } = await failureOf(world, jobId)
  t.is(cause, 'node-lost')
  t.is(message, 'The objects of the attempt are gone from the backend, and not by us.')
  await assertQuiet(world)
})

test('objects lost before their launch was on record are made again, in the same attempt', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  world.faults.next('backend.launch', 1, 'crash-after')
  const jobId = await world.request()
  await world.pass(1_000)
  t.true(world.faults.crashed)
  await world.happen(jobId, { to: 'gone' })
  await world.restart()
  await world.untilJob(jobId, 'succeeded')
  t.deepEqual(world.backend.made, [
    { jobId, attempt: 1 },
    { jobId, attempt: 1 },
  ])
})

test('a worker that was ended by us and whose objects then vanish failed by its deadline', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  world.backend.obeysStop = false
  const jobId = await world.request()
  await world.until('the worker is ended', () => world.backend.stopped.size > 0)
  await world.happen(jobId, { to: 'gone' })
  await world.untilJob(jobId, 'failed')
  t.is((await failureOf(world, jobId)).cause, 'deadline')
})

test('logs that cannot be read do not keep a job from its end', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  world.faults.next('backend.log', 1_000_000, 'fails')
  const jobId = await world.request()
  await world.untilJob(jobId, 'failed')
  t.is((await failureOf(world, jobId)).cause, 'exit-code')
  await world.until('the slot is free', async () => (await world.attempt(jobId)).removed)
})

test('logs that can be read again in time are kept', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  world.faults.next('backend.log', 4, 'fails')
  world.faults.next('objects.put', 2, 'fails')
  const jobId = await world.request()
  await world.toTheEnd()
  t.is(await world.keptLog(jobId), 'attempt 1 computes\nattempt 1 failed\n')
  await assertQuiet(world)
})

test('an attempt that ended well and vanished while we were away: its result is registered', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.faults.next('backend.observe', 1, 'crash-before')
  await world.pass(minute) // the process is dead meanwhile
  await world.happen(jobId, { to: 'storing' })
  await world.happen(jobId, { to: 'stored' })
  await world.happen(jobId, { to: 'gone' })
  await world.restart()
  await world.untilJob(jobId, 'succeeded')
  t.is(world.backend.made.length, 1, 'nothing was computed twice')
  t.is((await world.result(jobId))?.attempt, 1)
})

test('the same where not even the launch was on record', async (t) => {
  const world = await openWorld(t, { limits: { startTimeout: '5m' } })
  world.backend.course = () => endsWell
  world.faults.next('backend.launch', 1, 'crash-after')
  const jobId = await world.request()
  await world.pass(1_000)
  t.true(world.faults.crashed)
  world.clock.advanceTo(world.clock.now() + 30 * minute) // longer than startTimeout
  for (const to of ['running', 'storing', 'stored', 'gone'] as const) await world.happen(jobId, { to })
  await world.restart()
  await world.untilJob(jobId, 'succeeded')
  t.is(world.backend.made.length, 1)
})
