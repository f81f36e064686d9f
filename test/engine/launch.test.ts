import test from 'ava'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { endsWell, runsForEver } from './scripted-backend.ts'
import { minute } from './world.ts'

test('a plan that can never run ends the job with what the backend said', async (t) => {
  const world = await openWorld(t, { limits: { retries: 2 } })
  const failure = { cause: 'invalid-image', message: 'The cluster refuses the Job.' } as const
  world.backend.refusal = () => failure
  const jobId = await world.request()
  await world.toTheEnd()
  t.deepEqual(await failureOf(world, jobId), failure)
  t.deepEqual(world.connector.process('process-1').terminatedFor, ['invalid-image: The cluster refuses the Job.'])
  await assertQuiet(world)
})

test('a refusal whose cause may pass leads to the next attempt', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = () => endsWell
  world.backend.refusal = ({ ref }) =>
    ref.attempt === 1 ? { cause: 'backend-error', message: 'There is a foreign Job of this name.' } : undefined
  const jobId = await world.request()
  await world.untilJob(jobId, 'succeeded')
  const [first, second] = (await world.job(jobId)).attempts
  t.is(first?.failure?.cause, 'backend-error')
  t.is(second?.number, 2)
})

test('a launch that was done though its answer was lost makes no second object', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  world.faults.next('backend.launch', 3, 'done-but-fails')
  const jobId = await world.request()
  await world.untilJob(jobId, 'succeeded')
  t.deepEqual(world.backend.made, [{ jobId, attempt: 1 }])
  t.is((await world.job(jobId)).attempts.length, 1)
})

test('a backend that cannot be reached for a while costs no attempt', async (t) => {
  const world = await openWorld(t, { limits: { startTimeout: '10m' } })
  world.backend.course = () => endsWell
  world.faults.next('backend.observe', 5, 'fails')
  world.faults.next('backend.launch', 8, 'fails')
  const jobId = await world.request()
  await world.untilJob(jobId, 'succeeded')
  t.is((await world.job(jobId)).attempts.length, 1)
})

test('a backend that does not take the attempt within startTimeout', async (t) => {
  const world = await openWorld(t, { limits: { startTimeout: '5m' } })
  world.faults.next('backend.launch', 1_000, 'fails')
  const jobId = await world.request()
  await world.untilJob(jobId, 'starting')
  const { startedAt } = await world.attempt(jobId)
  await world.untilJob(jobId, 'failed')
  const took = world.clock.now() - startedAt
  t.true(took >= 5 * minute && took <= 6 * minute, `after ${took} ms; the longest pause between two tries is a minute`)
  t.is((await failureOf(world, jobId)).cause, 'start-timeout')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a launch done but never answered, and given up: what it made is removed', async (t) => {
  const world = await openWorld(t, { limits: { startTimeout: '5m' } })
  world.faults.next('backend.launch', 1_000, 'done-but-fails')
  const jobId = await world.request()
  await world.untilJob(jobId, 'failed')
  t.is((await failureOf(world, jobId)).cause, 'start-timeout')
  await world.toTheEnd()
  t.is(world.backend.made.length, 1)
  await assertQuiet(world)
})

for (const happening of [undefined, { to: 'stored' }, { to: 'storing' }] as const) {
  const title = happening === undefined ? 'still runs' : happening.to === 'stored' ? 'is done' : 'stores its result'
  test(`we end between a launch and its record, for longer than startTimeout: what ${title} is not thrown away`, async (t) => {
    const world = await openWorld(t, { limits: { startTimeout: '5m', timeout: '1h' } })
    world.backend.course = () => runsForEver
    world.faults.next('backend.launch', 1, 'crash-after')
    const jobId = await world.request()
    await world.pass(minute)
    t.true(world.faults.crashed)
    t.is(world.backend.made.length, 1)
    t.false((await world.attempt(jobId)).launched)
    await world.happen(jobId, { to: 'running' })
    world.clock.jump(20 * minute)
    if (happening !== undefined) await world.happen(jobId, happening)
    await world.restart()
    await world.pass(minute)
    await world.happen(jobId, { to: 'stored' })
    await world.untilJob(jobId, 'succeeded', 'failed')
    t.is((await world.job(jobId)).state, 'succeeded')
    t.is(world.backend.made.length, 1)
  })
}
