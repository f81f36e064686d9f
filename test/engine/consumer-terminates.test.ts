import test from 'ava'
import type { JobState } from '../../core/job/job.ts'
import { attemptName } from '../../core/job/names.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { type Course, endsWell, runsForEver } from './scripted-backend.ts'
import { day, minute, type World } from './world.ts'

const storesForEver: Course = [...runsForEver, { afterMs: 2_000, to: 'storing' }]

interface Case {
  readonly state: JobState
  readonly prepare: (world: World) => void
  /** Whether a worker or an upload is at it, and is asked to end first. */
  readonly stops: boolean
  /** What is kept of its logs. */
  readonly log: string | undefined
}

const cases: readonly Case[] = [
  {
    state: 'accepted',
    prepare: (world) => world.faults.next('connector.agreement', 3, 'fails'),
    stops: false,
    log: undefined,
  },
  { state: 'queued', prepare: (world) => world.faults.next('store.commit', 0, 'fails'), stops: false, log: undefined },
  { state: 'starting', prepare: () => undefined, stops: false, log: undefined },
  {
    state: 'running',
    prepare(world) {
      world.backend.course = () => runsForEver
    },
    stops: true,
    log: 'attempt 1 computes\nattempt 1 failed\n',
  },
  {
    state: 'storing',
    prepare(world) {
      world.backend.course = () => storesForEver
    },
    stops: true,
    log: 'attempt 1 computes\nattempt 1 failed\n',
  },
]

for (const { state, prepare, stops, log } of cases) {
  for (const hints of [true, false]) {
    test(`a job that is ${state} is cancelled, ${hints ? 'told by an event' : 'found by asking'}`, async (t) => {
      const world = await openWorld(t, { limits: { concurrentJobs: 1, retries: 2 } })
      if (state === 'queued') {
        // The only slot is taken.
        await world.untilJob(await world.request('process-0'), 'starting')
      }
      prepare(world)
      const jobId = await world.request()
      await world.untilJob(jobId, state)
      if (state === 'starting') await world.until('the launch', async () => (await world.attempt(jobId)).launched)
      world.hints = hints
      const toldBefore = world.connector.messages.length
      await world.move('process-1', 'terminated')
      const began = world.clock.now()
      await world.untilJob(jobId, 'cancelled')
      t.true(world.clock.now() - began <= 5_000, 'found soon')
      await world.until('the token is dead', async () => (await world.transfer(jobId)).state === 'ended', 5_000)
      const ended = async (): Promise<boolean> => (await world.job(jobId)).attempts.every(({ removed }) => removed)
      await world.until('its objects are gone', ended, 5 * minute)
      const job = await world.job(jobId)
      t.is(job.state === 'cancelled' ? job.by : undefined, 'connector')
      t.is(world.backend.stopped.has(attemptName({ jobId, attempt: 1 })), stops)
      t.is(await world.keptLog(jobId), log)
      t.is(await world.result(jobId), undefined)
      t.is(world.connector.messages.length, toldBefore, 'nothing is said to a transfer that is over')
      if (state === 'queued') await world.move('process-0', 'terminated')
      await world.toTheEnd()
      await assertQuiet(world)
    })
  }
}

test('a worker that does not end when its transfer is over is given up in time', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  world.backend.obeysStop = false
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.move('process-1', 'terminated')
  const began = world.clock.now()
  await world.until('its objects are gone', async () => (await world.attempt(jobId)).removed, minute)
  t.true(world.clock.now() - began < 15_000)
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  await world.toTheEnd()
  await assertQuiet(world)
})

for (const [title, when] of [
  ['before the callback is sent', 'succeeded'],
  ['while the callback is on its way', 'told'],
  ['when it was opened', 'granted'],
] as const) {
  test(`a result ${title}: it goes at once, and nobody is told any more`, async (t) => {
    const world = await openWorld(t, { retention: '7d' })
    world.backend.course = () => endsWell
    const jobId = await world.request()
    await world.untilJob(jobId, 'succeeded')
    const process = world.connector.process('process-1')
    if (when === 'told') await world.until('the callback', () => process.provisionedTimes === 1)
    if (when === 'granted') await world.until('access', async () => (await world.transfer(jobId)).state === 'granted')
    const toldBefore = process.provisionedTimes
    await world.move('process-1', 'terminated')
    const began = world.clock.now()
    await world.toTheEnd()
    const result = await world.result(jobId)
    t.true(result?.removedAt !== undefined && result.removedAt - began < 5_000)
    t.is((await world.transfer(jobId)).state, 'ended')
    t.is(process.provisionedTimes, toldBefore)
    t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
    await assertQuiet(world)
  })
}

test('a transfer that completes keeps its result for the retention, one that is terminated does not', async (t) => {
  const world = await openWorld(t, { retention: '3d' })
  world.backend.course = () => endsWell
  const kept = await world.request('process-1')
  const dropped = await world.request('process-2')
  for (const jobId of [kept, dropped])
    await world.until('access', async () => (await world.transfer(jobId)).state === 'granted')
  await world.move('process-1', 'completed')
  await world.move('process-2', 'terminated')
  await world.pass(minute)
  t.is((await world.result(kept))?.removedAt, undefined)
  t.not((await world.result(dropped))?.removedAt, undefined)
  await world.toTheEnd()
  const { since } = await world.transfer(kept)
  t.is((await world.result(kept))?.removedAt, since + 3 * day)
  await assertQuiet(world)
})
