import test from 'ava'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { endsWell } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

const limits = { startTimeout: '10m', timeout: '1h' }
const noImage = { cause: 'image-pull', message: 'ImagePullBackOff: no such image', final: false } as const

async function launched(world: World): Promise<string> {
  const jobId = await world.request()
  await world.until('the launch', () => world.backend.made.length === 1)
  return jobId
}

test('a container that does not start, and nobody knows why', async (t) => {
  const world = await openWorld(t, { limits })
  const jobId = await launched(world)
  const began = world.clock.now()
  await world.untilJob(jobId, 'failed')
  t.is(world.clock.now(), began + 10 * minute, 'exactly at its time')
  const failure = await failureOf(world, jobId)
  t.is(failure.cause, 'start-timeout')
  t.is(failure.message, 'The container fetch did not start within limits.startTimeout (10m).')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a container that does not start, with a trouble: the trouble is the cause', async (t) => {
  const world = await openWorld(t, { limits: { ...limits, retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? [{ afterMs: 0, to: 'waiting', trouble: noImage }] : endsWell)
  const jobId = await launched(world)
  await world.until('the second attempt', () => world.backend.made.length === 2, 20 * minute)
  t.deepEqual((await world.job(jobId)).attempts[0]?.failure, {
    cause: 'image-pull',
    message: 'The container fetch did not start within limits.startTimeout (10m): ImagePullBackOff: no such image',
  })
  await world.untilJob(jobId, 'succeeded')
})

test('a trouble that passes in time is none', async (t) => {
  const world = await openWorld(t, { limits })
  const jobId = await launched(world)
  const full = { cause: 'unschedulable', message: '0/1 nodes are available', final: false } as const
  await world.happen(jobId, { to: 'waiting', trouble: full })
  await world.pass(9 * minute)
  await world.happen(jobId, { to: 'fetching' })
  await world.happen(jobId, { to: 'running' })
  await world.happen(jobId, { to: 'stored' })
  await world.untilJob(jobId, 'succeeded')
  t.is((await world.job(jobId)).attempts.length, 1)
})

test('a final trouble ends the attempt at once', async (t) => {
  const world = await openWorld(t, { limits: { ...limits, retries: 3 } })
  const jobId = await launched(world)
  const began = world.clock.now()
  const trouble = { cause: 'invalid-image', message: 'InvalidImageName: no!', final: true } as const
  await world.happen(jobId, { to: 'waiting', trouble })
  await world.untilJob(jobId, 'failed')
  t.is(world.clock.now(), began)
  const { cause, message } = await failureOf(world, jobId)
  t.deepEqual({ cause, message }, { cause: 'invalid-image', message: 'InvalidImageName: no!' })
  await world.toTheEnd()
  await assertQuiet(world)
})

test('the time counts anew for each container', async (t) => {
  const world = await openWorld(t, { limits })
  const jobId = await launched(world)
  for (const happening of [
    { to: 'fetching' },
    { to: 'waiting', trouble: noImage },
    { to: 'running' },
    { to: 'storing', waiting: { trouble: noImage } },
    { to: 'storing' },
    { to: 'stored' },
  ] as const) {
    await world.pass(9 * minute)
    await world.happen(jobId, happening)
  }
  await world.untilJob(jobId, 'succeeded')
  t.is((await world.job(jobId)).attempts.length, 1)
})

for (const [container, before, waiting] of [
  ['worker', [{ to: 'fetching' }], { to: 'waiting', trouble: noImage }],
  ['upload', [{ to: 'fetching' }, { to: 'running' }], { to: 'storing', waiting: { trouble: noImage } }],
] as const) {
  test(`the container ${container} does not start`, async (t) => {
    const world = await openWorld(t, { limits })
    const jobId = await launched(world)
    for (const happening of before) {
      await world.happen(jobId, happening)
      await world.pass(5 * minute)
    }
    await world.happen(jobId, waiting)
    const began = world.clock.now()
    await world.untilJob(jobId, 'failed')
    t.is(world.clock.now(), began + 10 * minute)
    const failure = await failureOf(world, jobId)
    t.is(failure.cause, 'image-pull')
    t.regex(failure.message, new RegExp(`^The container ${container} did not start`))
    await world.toTheEnd()
    await assertQuiet(world)
  })
}

test('inputs that are not fetched in time', async (t) => {
  const world = await openWorld(t, { limits })
  const jobId = await launched(world)
  await world.happen(jobId, { to: 'fetching' })
  const began = world.clock.now()
  await world.untilJob(jobId, 'failed')
  t.is(world.clock.now(), began + 10 * minute)
  const { cause, message, lastLogLines } = await failureOf(world, jobId)
  t.is(cause, 'input-failed')
  t.is(message, 'The inputs were not fetched within limits.startTimeout (10m).')
  t.deepEqual(lastLogLines, ['fetched'])
})
