import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { holdsSlot } from '../../core/job/job.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

const consumerFetches = { afterMs: 1_000, state: 'completed' } as const

async function requestMany(world: World, count: number): Promise<string[]> {
  const jobs: string[] = []
  for (let index = 0; index < count; index += 1) {
    jobs.push(await world.request(`process-${index}`, { agreementId: `agreement-${index}` }))
    await world.pass(10)
  }
  return jobs
}

for (const hints of [true, false]) {
  test(`many jobs share their slots, and all come to their end ${hints ? 'with' : 'without'} hints`, async (t) => {
    const world = await openWorld(t, { limits: { concurrentJobs: 3 }, retention: '1h' })
    world.hints = hints
    world.backend.course = () => endsWell
    world.connector.startedThen = consumerFetches
    let most = 0
    const invariants = world.check
    world.check = async () => {
      await invariants()
      most = Math.max(most, (await world.backend.list()).length)
    }
    const jobs = await requestMany(world, 24)
    await world.toTheEnd()
    t.is(most, 3, 'all slots are used, and no more')
    for (const jobId of jobs) t.is((await world.job(jobId)).state, 'succeeded')
    await assertQuiet(world)
    // Nobody waits while many that came after have their turn.
    const turns = world.backend.made.map(({ jobId }, turn) => turn - jobs.indexOf(jobId))
    t.true(Math.max(...turns) <= 6, `overtaken by ${Math.max(...turns)}`)
  })
}

test('a slot is free only when the objects are gone', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 1 } })
  world.backend.course = () => endsWell
  world.backend.removalMs = undefined
  const first = await world.request('process-1')
  const second = await world.request('process-2')
  await world.untilJob(first, 'succeeded')
  await world.pass(10 * minute)
  t.is((await world.job(second)).state, 'queued')
  t.is(world.backend.made.length, 1)
  await world.happen(first, { to: 'gone' })
  await world.until('the second job has its turn', () => world.backend.made.length === 2, 5_000)
})

for (const fault of ['fails', 'crash-after'] as const)
  test(`a slot that is free is not lost where the look at who is next ${fault}`, async (t) => {
    const world = await openWorld(t, { limits: { concurrentJobs: 1 } })
    world.backend.course = () => endsWell
    const first = await world.request('process-1')
    await world.request('process-2')
    await world.untilJob(first, 'succeeded')
    world.faults.next('store.line', 1, fault)
    await world.pass(2_000)
    if (world.faults.crashed) await world.restart()
    await world.until('the second job has its turn', () => world.backend.made.length === 2, 10_000)
    t.pass()
  })

test('a free slot that nobody was told of is found within half a minute by whoever is next', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 1 } })
  world.backend.course = () => endsWell
  const first = await world.request('process-1')
  await world.request('process-2')
  await world.until('the first is done with', async () => {
    const job = await world.job(first)
    return job.state === 'succeeded' && !holdsSlot(job)
  })
  // Its work is forgotten before it could say so.
  const database = new DatabaseSync(world.databasePath)
  database.prepare("DELETE FROM work WHERE kind = 'job' AND key = ?").run(first)
  database.close()
  await world.until('the second job has its turn', () => world.backend.made.length === 2, 40_000)
  t.pass()
})

test('the versions of an asset share its slots, each by its own limit', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 2 } })
  const first = await world.request('process-1')
  await world.untilJob(first, 'starting')
  await world.offer({ version: '2.0.0', limits: { concurrentJobs: 1 } })
  const second = await world.request('process-2')
  await world.pass(minute)
  t.is((await world.job(second)).state, 'queued')
})
