import test from 'ava'
import type { Plan } from '../../core/job/plan.ts'
import { safeAgeMs, sweepOrphans } from '../../entrypoint/engine/sweep.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

/** The plan of a job's attempt, as it was launched. */
async function planOf(world: World, jobId: string, attempt = 1): Promise<Plan> {
  await world.until('it is launched', () => world.backend.planOf({ jobId, attempt }) !== undefined)
  const plan = world.backend.planOf({ jobId, attempt })
  if (plan === undefined) throw new Error('it is not there')
  return plan
}

async function refsOn(world: World): Promise<readonly string[]> {
  return (await world.backend.list()).map(({ jobId, attempt }) => `${jobId} ${attempt}`)
}

test('a launch that was carried out after it was given up: the attempt goes, with the logs and files that it left', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const jobId = await world.request()
  const plan = await planOf(world, jobId)
  await world.happen(jobId, { to: 'gone' })
  await world.untilJob(jobId, 'failed')
  await world.until('its slot is free', async () => (await world.attempt(jobId)).removed)

  world.check = () => Promise.resolve() // what follows is what must never be, until it is swept
  await world.backend.launch(plan)
  await world.pass(minute)
  t.deepEqual(await refsOn(world), [`${jobId} 1`])
  t.is(await sweepOrphans(world.parts), 0, 'not while it is young')
  t.deepEqual(await refsOn(world), [`${jobId} 1`])
  await world.pass(safeAgeMs)
  t.is(await sweepOrphans(world.parts), 1)
  t.false((await world.attempt(jobId)).removed, 'it takes its slot again until it is gone')
  await world.until('it is gone', async () => (await world.attempt(jobId)).removed)
  t.deepEqual(await refsOn(world), [])
  await assertQuiet(world)
})

test('what is alive is left alone, however old it is', async (t) => {
  const world = await openWorld(t, { limits: { timeout: '3h' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.pass(2 * safeAgeMs)
  t.is(await sweepOrphans(world.parts), 0)
  t.deepEqual(await refsOn(world), [`${jobId} 1`])
  t.is((await world.job(jobId)).state, 'running')
})

test('an earlier attempt beside a live one goes at once, and the live one stays', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1, timeout: '3h' } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? exitsWithThree : runsForEver)
  const jobId = await world.request()
  const plan = await planOf(world, jobId)
  await world.until('the second attempt runs', async () => {
    const job = await world.job(jobId)
    return job.state === 'running' && job.attempt === 2
  })
  world.check = () => Promise.resolve()
  await world.backend.launch(plan)
  world.backend.violations.length = 0
  await world.pass(safeAgeMs + minute)
  t.is(await sweepOrphans(world.parts), 1)
  await world.pass(minute)
  t.deepEqual(await refsOn(world), [`${jobId} 2`])
  t.is((await world.job(jobId)).state, 'running')
})

test('of jobs that the store does not know, only those that say that they are ours are removed', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const plan = await planOf(world, await world.request())
  world.check = () => Promise.resolve()
  const other = (jobId: string, installation?: string): Plan => {
    const { installation: _, ...rest } = plan
    return { ...rest, ref: { jobId, attempt: 1 }, ...(installation === undefined ? {} : { installation }) }
  }
  await world.backend.launch(other('ours', world.parts.installation))
  await world.backend.launch(other('theirs', 'another-installation'))
  await world.backend.launch(other('of-nobody'))
  await world.pass(safeAgeMs + minute)
  t.is(await sweepOrphans(world.parts), 1)
  await world.pass(minute)
  t.deepEqual((await refsOn(world)).filter((name) => !name.startsWith(plan.ref.jobId)).toSorted(), [
    'of-nobody 1',
    'theirs 1',
  ])
})

test('an attempt of another installation is left alone even where a job here has its name', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  const plan = await planOf(world, jobId)
  await world.until('its slot is free', async () => (await world.attempt(jobId)).removed)
  world.check = () => Promise.resolve()
  await world.backend.launch({ ...plan, installation: 'another-installation' })
  await world.pass(2 * safeAgeMs)
  t.is(await sweepOrphans(world.parts), 0)
})

test('one orphan that cannot be removed keeps no other back', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const plan = await planOf(world, await world.request())
  world.check = () => Promise.resolve()
  for (const jobId of ['one', 'two']) await world.backend.launch({ ...plan, ref: { jobId, attempt: 1 } })
  await world.pass(safeAgeMs + minute)
  world.faults.next('backend.remove', 1, 'fails')
  t.is(await sweepOrphans(world.parts), 1)
  t.is(await sweepOrphans(world.parts), 1, 'the next round has the other one')
  await world.pass(minute)
  t.is((await refsOn(world)).length, 1)
})
