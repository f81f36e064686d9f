import test, { type ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { startLoop } from '../../entrypoint/engine/loop.ts'
import { eventually } from '../support/eventually.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell } from './scripted-backend.ts'
import { day, minute, type World } from './world.ts'

const hour = 60 * minute

/** A job whose consumer has its result, and whose transfer is completed: it is kept for a week from now. */
async function completed(t: ExecutionContext): Promise<{ world: World; jobId: string; file: string; until: number }> {
  const world = await openWorld(t, { retention: '7d' })
  world.backend.course = () => endsWell
  const jobId = await world.request()
  await world.until('the callback', () => world.connector.process('process-1').provisionedTimes === 1)
  await world.move('process-1', 'completed')
  await world.until('the end', async () => (await world.transfer(jobId)).state === 'ended')
  await world.until('its removal to be set', async () => (await world.result(jobId))?.expiresAt !== undefined)
  const until = (await world.result(jobId))?.expiresAt ?? 0
  return { world, jobId, file: `${filesPrefix({ jobId, attempt: 1 })}sum.txt`, until }
}

/** Has the object store tell a time of its own. */
async function storeTells(world: World, time: () => number): Promise<void> {
  Object.assign(world.objects, { time: async () => time() })
  await world.restart()
}

test('a clock that jumps ahead removes no result early: the object store’s clock has a word', async (t) => {
  const { world, jobId, file, until } = await completed(t)
  let behind = 0
  await storeTells(world, () => world.clock.now() - behind)
  behind = 8 * day
  world.clock.jump(behind)
  await world.pass(hour)
  t.not(await world.objects.head(file), undefined, 'by our clock it is over since a day')
  t.is((await world.result(jobId))?.removedAt, undefined)
  await world.pass(until - (world.clock.now() - behind) - minute)
  t.not(await world.objects.head(file), undefined)
  await world.pass(5 * minute)
  t.is(await world.objects.head(file), undefined, 'and goes when its time has come by the store’s')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('a jump ahead that is taken back changes nothing', async (t) => {
  for (const jump of [hour, day, 8 * day]) {
    const { world, jobId, file } = await completed(t)
    let ahead = 0
    await storeTells(world, () => world.clock.now() - ahead)
    ahead = jump
    world.clock.jump(jump)
    while (await world.work());
    ahead = 0
    world.clock.jump(-jump)
    await world.store.clockWentBack(world.clock.now(), jump, 30_000)
    await world.pass(hour)
    t.not(await world.objects.head(file), undefined)
    await world.toTheEnd()
    t.not((await world.result(jobId))?.removedAt, undefined)
    await assertQuiet(world)
  }
})

test('the result of a transfer that was terminated while the clock was ahead goes when the clock is right again', async (t) => {
  const world = await openWorld(t, { retention: '7d' })
  world.backend.course = () => endsWell
  const jobId = await world.request()
  const file = `${filesPrefix({ jobId, attempt: 1 })}sum.txt`
  await world.until('the callback', () => world.connector.process('process-1').provisionedTimes === 1)
  let ahead = day
  await storeTells(world, () => world.clock.now() - ahead)
  world.clock.jump(day)
  await world.move('process-1', 'terminated')
  await world.until('the end', async () => (await world.transfer(jobId)).state === 'ended')
  t.not(await world.objects.head(file), undefined)
  ahead = 0
  world.clock.jump(-day)
  await world.store.clockWentBack(world.clock.now(), day, 30_000)
  await world.pass(minute)
  t.is(await world.objects.head(file), undefined)
  await world.toTheEnd()
  await assertQuiet(world)
})

test('the store’s word is not asked for more than a minute of difference', async (t) => {
  const { world, file, until } = await completed(t)
  await storeTells(world, () => world.clock.now() - 59_000)
  await world.pass(until - world.clock.now())
  t.is(await world.objects.head(file), undefined)
})

for (const jump of [-hour, -day, hour, day]) {
  test(`a clock that is set by ${jump / hour} h in the middle of a job holds up nothing`, async (t) => {
    const world = await openWorld(t)
    world.hints = false
    world.check = async () => undefined
    const jobId = await world.request()
    const loop = startLoop(world.parts, 4)
    t.teardown(() => loop.stop())
    const observed = (): number => world.faults.calls.filter((call) => call === 'backend.observe').length
    const reach = (what: string, holds: () => boolean | Promise<boolean>): Promise<unknown> =>
      eventually(what, async () => ((await holds()) ? { done: true } : { pending: 'not yet' }), {
        deadlineMs: 8_000,
        pauseMs: 10,
      })
    await reach('the launch', () => world.backend.made.length === 1)
    await reach('the first looks', async () => (await world.job(jobId)).state === 'starting' && observed() > 0)
    const before = observed()
    world.clock.jump(jump)
    loop.nudge()
    await reach('a look at the job after the jump', () => observed() > before)
    const [second] = [await world.request('process-2')]
    loop.nudge()
    await reach('a launch after the jump', () => world.backend.made.length === 2)
    t.is((await world.job(second)).state, 'starting')
    if (jump < 0) t.true(world.log.some(({ message }) => message === 'the clock was set back'))
  })
}

test('a loop that sees the clock set back leaves what another loop is at to that one', async (t) => {
  const world = await openWorld(t)
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let held = 0
  world.faults.gate = async (call) => {
    if (call !== 'backend.launch') return
    held += 1
    await released
  }
  await world.request()
  const jobs = startLoop(world.parts, 4, ['job'])
  const others = startLoop(world.parts, 4, ['transfer', 'callback', 'expire'])
  t.teardown(async () => {
    release()
    await Promise.all([jobs.stop(), others.stop()])
  })
  const reach = (what: string, holds: () => boolean): Promise<unknown> =>
    eventually(what, async () => (holds() ? { done: true } : { pending: 'not yet' }), {
      deadlineMs: 8_000,
      pauseMs: 10,
    })
  await reach('a launch is under way', () => held === 1)
  world.clock.jump(-hour)
  others.nudge()
  await reach('the other loop sees the clock', () =>
    world.log.some(({ message }) => message === 'the clock was set back'),
  )
  await others.stop()
  t.deepEqual(await world.store.claim(world.clock.now(), 10, 1, ['job']), [])
})
