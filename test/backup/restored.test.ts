import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sweepOrphans } from '../../entrypoint/engine/sweep.ts'
import { backUp, restore } from '../../entrypoint/stores/sqlite-backup.ts'
import { watchInvariants } from '../engine/invariants.ts'
import { openWorld } from '../engine/open-world.ts'
import { endsWell, runsForEver } from '../engine/scripted-backend.ts'
import { minute, type World } from '../engine/world.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// What becomes of jobs whose service goes on from a backup that is older than they are: docs/operations.md promises it.

const bounds = { concurrentJobs: 2, jobsPerAgreement: 100 }

/** A world with two slots in which every job ends well, unless a test says otherwise. */
async function makeWorld(t: ExecutionContext): Promise<World> {
  const world = await openWorld(t, { limits: bounds })
  world.backend.course = () => endsWell
  return world
}

/** Makes a backup now; what it gives back brings the world back to it. */
async function backedUp(t: ExecutionContext, world: World): Promise<() => Promise<void>> {
  const file = join(await temporaryFolder(t), 'backup.db')
  backUp(world.databasePath, file)
  return async () => {
    await world.restart(() => restore(file, world.databasePath, world.clock.now()))
    // Connectors know more than the database does until it has caught up.
    world.check = async () => {}
  }
}

const launches = (world: World, jobId: string): number => world.backend.made.filter((ref) => ref.jobId === jobId).length

/** How often the other side saw an effect of ours. */
const told = (world: World, processId: string): number => {
  const { provisionedTimes, terminatedFor } = world.connector.process(processId)
  return provisionedTimes + terminatedFor.length
}

async function granted(world: World, ...jobIds: readonly string[]): Promise<void> {
  for (const jobId of jobIds)
    await world.until(
      `the transfer of ${jobId} to be granted`,
      async () => (await world.transfer(jobId)).state === 'granted',
    )
}

test('jobs that ran and waited at the time of the backup, and ended since, are not run again, and nobody is told twice', async (t) => {
  const world = await makeWorld(t)
  const done = await world.request('process-done')
  await granted(world, done)
  const running = [await world.request('process-running-1'), await world.request('process-running-2')]
  await world.untilJob(running[1] ?? '', 'running')
  const waiting = await world.request('process-waiting')
  await world.pass(100)
  t.is((await world.job(waiting)).state, 'queued')

  const goBack = await backedUp(t, world)
  await granted(world, ...running, waiting)
  await world.pass(5 * minute)
  const launched = world.backend.made.length
  t.is(launched, 4)

  await goBack()
  t.is((await world.job(waiting)).state, 'queued', 'it is as it was')
  await granted(world, done, ...running, waiting)
  await world.pass(10 * minute)
  t.is(world.backend.made.length, launched, 'nothing was computed again')
  for (const jobId of [done, ...running, waiting]) {
    t.is((await world.job(jobId)).state, 'succeeded')
    t.is((await world.result(jobId))?.attempt, 1)
  }
  for (const name of ['done', 'running-1', 'running-2', 'waiting']) t.is(told(world, `process-${name}`), 1, name)
  world.check = watchInvariants(world, bounds)
  for (const name of ['done', 'running-1', 'running-2', 'waiting']) await world.move(`process-${name}`, 'completed')
  await world.toTheEnd()
  for (const jobId of [done, ...running, waiting]) {
    t.is((await world.transfer(jobId)).state, 'ended')
    t.not(await world.keptLog(jobId), undefined, 'its log is that of the one time that it ran')
    t.not((await world.result(jobId))?.removedAt, undefined)
  }
  t.deepEqual(await world.backend.list(), [])
})

test('jobs that still run go on as if nothing had been', async (t) => {
  const world = await makeWorld(t)
  world.backend.course = () => runsForEver
  const noted = await world.request('process-noted')
  await world.untilJob(noted, 'running')
  const early = await world.request('process-early')
  await world.until('it is verified', async () => (await world.job(early)).state !== 'accepted')
  const goBack = await backedUp(t, world)
  await world.untilJob(early, 'running')
  await world.pass(minute)
  await goBack()
  await world.pass(2 * minute)
  for (const jobId of [noted, early]) {
    t.is((await world.job(jobId)).state, 'running')
    t.is(launches(world, jobId), 1)
  }
})

test('a transfer that its connector ended since is looked at before its job is started', async (t) => {
  const world = await makeWorld(t)
  world.backend.course = () => runsForEver
  const running = [await world.request('process-1'), await world.request('process-2')]
  await world.untilJob(running[1] ?? '', 'running')
  const waiting = await world.request('process-waiting')
  await world.pass(100)
  const goBack = await backedUp(t, world)
  await world.move('process-waiting', 'terminated')
  for (const jobId of running) await world.happen(jobId, { to: 'stored' })
  await world.pass(minute)
  t.is((await world.job(waiting)).state, 'cancelled')
  await goBack()
  t.is((await world.job(waiting)).state, 'queued')
  await world.pass(5 * minute)
  t.is((await world.job(waiting)).state, 'cancelled')
  t.is(launches(world, waiting), 0)
  t.is(told(world, 'process-waiting'), 0)
})

test('a job that failed since fails again, and its connector is told no second time', async (t) => {
  const world = await makeWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request('process-1')
  await world.untilJob(jobId, 'running')
  const goBack = await backedUp(t, world)
  await world.happen(jobId, { to: 'gone' })
  await world.untilJob(jobId, 'failed')
  await world.until('the connector is told', () => told(world, 'process-1') === 1)
  await world.pass(5 * minute)
  await goBack()
  await world.toTheEnd()
  const { state } = await world.job(jobId)
  t.true(state === 'failed' || state === 'cancelled', state)
  t.is(told(world, 'process-1'), 1)
  t.is(launches(world, jobId), 1)
})

test('what was accepted since is unknown: nothing is sent for it, and what it has on the cluster is removed', async (t) => {
  const world = await makeWorld(t)
  world.backend.course = () => runsForEver
  const goBack = await backedUp(t, world)
  const later = await world.request('process-later')
  await world.untilJob(later, 'running')
  await world.restart(() => undefined)
  await goBack()
  t.is(await world.store.job(later), undefined)
  await world.pass(15 * minute)
  t.is((await world.backend.list()).length, 1)
  t.is(await sweepOrphans(world.parts), 1)
  await world.pass(minute)
  t.deepEqual(await world.backend.list(), [])
  t.is(told(world, 'process-later'), 0)
  // Its connector may send its message again: then it is a job like any other, with another id.
  const again = await world.send('process-later')
  t.not(again, later)
})
