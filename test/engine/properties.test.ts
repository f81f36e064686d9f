import fc from 'fast-check'
import test from 'ava'
import { anyEvent, bounded, comeToTheEnd, happen, moveProcess, processAt } from './happenings.ts'
import { watchInvariants } from './invariants.ts'
import { runSideBySide } from './side-by-side.ts'
import { minute, World } from './world.ts'

const bounds = bounded.limits

test('whatever happens in whatever order, the invariants hold after every step, and all comes to its end', async (t) => {
  let steps = 0
  let restarts = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 20, maxLength: 60 }), fc.boolean(), async (events, hints) => {
      const world = await World.open(bounded)
      try {
        world.hints = hints
        world.check = watchInvariants(world, bounds)
        const counters = { processes: 0, versions: 0 }
        for (const event of events) {
          await happen(world, event, counters)
          if (world.faults.crashed) await world.restart()
        }
        await comeToTheEnd(world)
        steps += world.steps
        restarts += world.restarts
      } finally {
        await world.close()
      }
    }),
    { numRuns: 150 },
  )
  t.log(`${steps} steps, ${restarts} restarts`)
  t.pass()
})
