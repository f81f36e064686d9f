import fc from 'fast-check'
import test from 'ava'
import { anyEvent, bounded, comeToTheEnd, happen, happenOutside, outsideEvent } from './happenings.ts'
import { watchInvariants } from './invariants.ts'
import { runSideBySide } from './side-by-side.ts'
import { World } from './world.ts'

/** The seed in the message repeats a failure; making it smaller would take minutes. */
const runs = { numRuns: 50, endOnFailure: true, includeErrorInReport: true }
const bounds = bounded.limits
/** Long pauses between two looks, so that hours take few steps. */
const pauses = { pollMs: 20_000, idlePollMs: 120_000, attendMs: 30_000 }

test('whatever happens in whatever order, the invariants hold after every step, and all comes to its end', async (t) => {
  const figures = { steps: 0, restarts: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 20, maxLength: 50 }), fc.boolean(), async (events, hints) => {
      const world = await World.open(bounded, pauses)
      try {
        world.hints = hints
        world.check = watchInvariants(world, bounds)
        const counters = { processes: 0, versions: 0 }
        for (const event of events) {
          await happen(world, event, counters)
          if (world.faults.crashed) await world.restart()
        }
        await comeToTheEnd(world)
        figures.steps += world.steps
        figures.restarts += world.restarts
      } finally {
        await world.close()
      }
    }),
    runs,
  )
  t.log(`${figures.steps} steps, ${figures.restarts} restarts`)
  t.pass()
})

test('steps that run side by side, call by call in any order, break nothing either', async (t) => {
  let steps = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(outsideEvent, { minLength: 20, maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      async (events, choices) => {
        const world = await World.open(bounded, pauses)
        try {
          const check = watchInvariants(world, bounds, 'side by side')
          const outside = events.values()
          const choose = (count: number): number => (choices.next().value ?? 0) % Math.max(count, 1)
          const meanwhile = async (): Promise<void> => {
            await check()
            if (choose(5) > 0) return
            const { value } = outside.next()
            if (value !== undefined) await happenOutside(world, value)
          }
          for (let number = 0; number < 4; number += 1) await world.request(`process-${number}`)
          for (let round = 0; round < 60; round += 1) {
            await world.wakeEverything()
            await runSideBySide(world, 6, choose, meanwhile)
            if (!(await world.wait())) break
          }
          await comeToTheEnd(world, 'side by side')
          steps += world.steps
        } finally {
          await world.close()
        }
      },
    ),
    runs,
  )
  t.log(`${steps} steps`)
  t.pass()
})
