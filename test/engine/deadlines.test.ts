import test from 'ava'
import { attemptName } from '../../core/job/names.ts'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { runsForEver } from './scripted-backend.ts'
import { times } from './engine-parts.ts'
import { minute } from './world.ts'

const hour = 60 * minute

test('a worker that runs too long is ended, and the deadline is the cause, not its exit code', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m', retries: 3 } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  const { workerStartedAt = 0 } = await world.attempt(jobId)
  await world.until('the worker is ended', () => world.backend.stopped.size > 0)
  t.is(world.clock.now(), workerStartedAt + minute, 'exactly at its time')
  await world.toTheEnd()
  const failure = await failureOf(world, jobId)
  t.is(failure.cause, 'deadline')
  t.is(failure.message, 'The worker ran longer than limits.timeout (1m) and was ended.')
  t.is(failure.exitCode, undefined)
  t.deepEqual(failure.lastLogLines, ['attempt 1 computes', 'attempt 1 failed'], 'also what it wrote when it was ended')
  t.is(world.backend.made.length, 1, 'and it is not tried again')
  await assertQuiet(world)
})

test('the deadline is on disk before the worker is ended', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.faults.next('backend.stop', 1, 'crash-before')
  await world.pass(2 * minute)
  t.true(world.faults.crashed)
  const { stopping } = await world.attempt(jobId)
  t.is(stopping?.failure?.cause, 'deadline')
  t.is(world.backend.stopped.size, 0)
  await world.restart()
  await world.toTheEnd()
  t.is((await failureOf(world, jobId)).cause, 'deadline')
  t.deepEqual([...world.backend.stopped], [attemptName({ jobId, attempt: 1 })])
})

test('a worker that was ended while we were down still failed by its deadline', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  world.faults.next('backend.stop', 1, 'crash-after')
  await world.pass(2 * minute)
  t.true(world.faults.crashed)
  world.clock.jump(hour)
  await world.restart()
  await world.toTheEnd()
  t.is((await failureOf(world, jobId)).cause, 'deadline')
  await assertQuiet(world)
})

test('a worker that never ends is given up after the time it has for that, and its objects are removed', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  world.backend.obeysStop = false
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  const { workerStartedAt = 0 } = await world.attempt(jobId)
  await world.untilJob(jobId, 'failed')
  t.is(world.clock.now(), workerStartedAt + minute + times.stopTimeoutMs)
  await world.toTheEnd()
  t.is((await failureOf(world, jobId)).cause, 'deadline')
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  await assertQuiet(world)
})

test('the deadline counts the worker alone: not what came before it, and not the upload', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '10m', startTimeout: '10m' } })
  const jobId = await world.request()
  await world.until('the launch', () => world.backend.made.length === 1)
  await world.pass(9 * minute)
  await world.happen(jobId, { to: 'fetching' })
  await world.pass(9 * minute)
  await world.happen(jobId, { to: 'waiting' })
  await world.pass(9 * minute)
  await world.happen(jobId, { to: 'running' })
  await world.pass(9 * minute)
  t.is((await world.job(jobId)).state, 'running')
  await world.happen(jobId, { to: 'storing' })
  await world.pass(40 * minute)
  t.is((await world.job(jobId)).state, 'storing')
  await world.happen(jobId, { to: 'stored' })
  await world.untilJob(jobId, 'succeeded')
})

test('a worker whose deadline passed while we were down is ended at once', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.until('the launch', async () => (await world.attempt(jobId).catch(() => undefined))?.launched === true)
  world.faults.crash()
  world.clock.jump(hour) // it began to run, and nobody looked
  await world.happen(jobId, { to: 'running' })
  world.clock.jump(hour)
  await world.restart()
  await world.toTheEnd()
  t.is((await failureOf(world, jobId)).cause, 'deadline')
})

test('an upload that does not end is given up after its own time', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '1m' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'storing' })
  const began = world.clock.now()
  await world.untilJob(jobId, 'failed')
  t.is(world.clock.now(), began + times.uploadTimeoutMs)
  const failure = await failureOf(world, jobId)
  t.is(failure.cause, 'upload-failed')
  t.is(failure.message, 'The sidecar did not finish the upload within 1h.')
  t.deepEqual(failure.lastLogLines, ['uploads'])
  await world.toTheEnd()
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  await assertQuiet(world)
})
