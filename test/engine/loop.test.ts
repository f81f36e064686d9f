import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { type Loop, startLoop } from '../../entrypoint/engine/loop.ts'
import { eventually } from '../support/eventually.ts'
import { openWorld } from './open-world.ts'
import type { World } from './world.ts'

// The loop itself, in real time. The clock stands still meanwhile: what is due later becomes due when the test says so.

function start(t: ExecutionContext, world: World, concurrency = 4, busy?: () => boolean): Loop {
  const loop = startLoop(world.parts, concurrency, undefined, busy)
  t.teardown(() => loop.stop())
  return loop
}

/** Waits for a condition; far shorter than the five seconds that the loop sleeps when nobody nudges it. */
async function soon(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, async () => ((await holds()) ? { done: true } : { pending: 'not yet' }), {
    deadlineMs: 3_000,
    pauseMs: 5,
  })
}

const launched = (world: World, count: number) => (): boolean => world.backend.made.length === count
const calls = (world: World, name: string): number => world.faults.calls.filter((call) => call === name).length

/** Holds every call of one name until `release`. */
function hold(world: World, name: string): { readonly held: () => number; readonly release: () => void } {
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let held = 0
  world.faults.gate = async (call) => {
    if (call !== name) return
    held += 1
    await released
  }
  return { held: () => held, release }
}

test('what is due when the loop starts is taken, and a nudge has it look at once', async (t) => {
  const world = await openWorld(t)
  await world.request('process-1')
  const loop = start(t, world)
  await soon('the first job is launched', launched(world, 1))
  await world.request('process-2')
  loop.nudge()
  await soon('the second job is launched', launched(world, 2))
  t.pass()
})

test('what becomes due later is taken then', async (t) => {
  const world = await openWorld(t)
  await world.send('process-1') // the connector does not know it yet: looked at again in a second
  const loop = start(t, world)
  await soon('the connector was asked', () => calls(world, 'connector.transferProcess') === 1)
  await world.request('process-1')
  world.clock.jump(1_000)
  loop.nudge()
  await soon('the job is launched', launched(world, 1))
  t.pass()
})

test('stop waits for the steps under way, writes down where they stand, and takes nothing more', async (t) => {
  const world = await openWorld(t)
  const { held, release } = hold(world, 'backend.launch')
  await world.request('process-1')
  const loop = start(t, world)
  await soon('a launch is under way', () => held() === 1)
  let stopped = false
  const stop = async (): Promise<void> => {
    await loop.stop()
    stopped = true
  }
  const stopping = stop()
  const later = await world.request('process-2')
  loop.nudge()
  await new Promise((resolve) => setImmediate(resolve))
  t.false(stopped)
  release()
  await stopping
  t.is(world.backend.made.length, 1)
  t.is((await world.job(later)).state, 'accepted')
  const due = await world.store.nextDue()
  t.is(due, world.clock.now(), 'the other one is due, and no lease is left that would hide it')
  const items = await world.store.claim(world.clock.now() + 600_000, 10, 1)
  t.is(items.length, 4, 'both jobs and both transfers')
})

test('an item that fails comes back later and later, and the others go on', async (t) => {
  const world = await openWorld(t)
  const poisoned = await world.request('process-1')
  const database = new DatabaseSync(world.databasePath)
  database.prepare('UPDATE jobs SET body = ? WHERE id = ?').run('{not JSON', poisoned)
  database.close()
  world.check = async () => {}
  const loop = start(t, world, 1)
  for (const number of [2, 3, 4]) await world.request(`process-${number}`)
  loop.nudge()
  await soon('the others are launched', launched(world, 3))
  const failed = (): number[] =>
    world.log.filter(({ message }) => message.startsWith('work failed')).map(({ fields }) => Number(fields['failures']))
  for (const jump of [0, 300, 600, 1_200, 2_400]) {
    world.clock.jump(jump)
    const before = failed().length
    loop.nudge()
    if (jump > 0) await soon('it is tried again', () => failed().length > before)
  }
  t.deepEqual(failed(), [1, 2, 3, 4, 5])
})

test('whoever asks to be left alone for a while is left alone', async (t) => {
  const world = await openWorld(t)
  world.faults.gate = async (call) => {
    if (call === 'connector.transferProcess') throw Object.assign(new Error('busy'), { retryAfterMs: 20_000 })
  }
  const failures = (): number => world.log.filter(({ fields }) => fields['kind'] === 'job' && 'error' in fields).length
  await world.request('process-1')
  const loop = start(t, world)
  await soon('the connector was asked about the job', () => failures() === 1)
  world.clock.jump(19_000)
  loop.nudge()
  await soon('and about the transfer, which is due by now', () =>
    world.log.some(({ fields }) => fields['kind'] === 'transfer' && 'error' in fields),
  )
  t.is(failures(), 1, 'a first failure would come back within 250 ms')
  world.faults.gate = undefined
  world.clock.jump(1_000)
  loop.nudge()
  await soon('the job is launched', launched(world, 1))
})

test('a step that hangs holds up nobody while there is another place', async (t) => {
  const world = await openWorld(t)
  const { held, release } = hold(world, 'backend.launch')
  await world.request('process-1')
  const loop = start(t, world, 2)
  await soon('a launch is under way', () => held() === 1)
  world.faults.gate = undefined
  for (const number of [2, 3]) await world.request(`process-${number}`)
  loop.nudge()
  await soon('the others are launched', launched(world, 2))
  release()
  await soon('the first one too', launched(world, 3))
  t.pass()
})

test('no more steps side by side than allowed', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 10 } })
  const { held, release } = hold(world, 'connector.transferProcess')
  for (let number = 0; number < 8; number += 1) await world.request(`process-${number}`)
  start(t, world, 3)
  await soon('three are under way', () => held() === 3)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.is(held(), 3)
  release()
  await soon('all are launched', launched(world, 8))
})

test('while others are more urgent, items are taken one by one, and a step that hangs holds up nobody', async (t) => {
  const world = await openWorld(t)
  const { held, release } = hold(world, 'backend.launch')
  for (const name of ['a', 'b', 'c', 'd']) await world.request(`process-${name}`)
  const loop = start(t, world, 4, () => true)
  await soon('all of them are launched', () => held() === 4)
  t.true(calls(world, 'store.claim') >= 4)
  release()
  await loop.stop()
})

test('a store that cannot be read for a moment does not end the loop', async (t) => {
  const world = await openWorld(t)
  world.faults.next('store.claim', 2, 'fails')
  await world.request()
  const loop = start(t, world)
  await soon('it was tried', () => calls(world, 'store.claim') === 1)
  await soon('it is tried until it works', () => {
    loop.nudge()
    return world.backend.made.length === 1
  })
  t.true(world.log.filter(({ message }) => message === 'the store cannot be read').length >= 1)
})

test('a store that cannot be written for a moment: the lease runs out, and the item is taken again', async (t) => {
  const world = await openWorld(t)
  world.faults.next('store.finish', 2, 'fails') // the record, and that it failed
  await world.send('process-1')
  const loop = start(t, world)
  await soon('its record failed', () => world.log.some(({ message }) => message === 'the store cannot be written'))
  await world.request('process-2')
  loop.nudge()
  await soon('another one is launched', launched(world, 1))
  world.connector.begin('process-1', world.connector.process('process-2'))
  world.clock.jump(300_000)
  loop.nudge()
  await soon('the first one is launched', launched(world, 2))
  t.pass()
})

test('a hint that comes while a step is under way has the item looked at again at once', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.request()
  const looks = (): number => calls(world, 'backend.observe')
  const { held, release } = hold(world, 'backend.launch')
  const loop = start(t, world)
  await soon('a launch is under way', () => held() === 1)
  await world.store.wake([{ kind: 'job', key: jobId, dueAt: world.clock.now() }])
  const before = looks()
  release()
  loop.nudge()
  await soon('it is looked at again, though no time has passed', () => looks() > before)
  t.true((await world.attempt(jobId)).launched)
})
