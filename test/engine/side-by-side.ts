import type { World } from './world.ts'

/**
 * Runs steps of the engine side by side in an order that is chosen: before each call of a port every step waits, and one of them
 * goes on. So what a race makes of them can be tried in many orders, and again in the same.
 * @param most how many items are taken at once
 * @param choose which of `count` waiting calls goes on, from 0
 * @param meanwhile called after each call: looks at what is true, or changes something outside; it must not use the engine
 * @returns whether anything was due
 */
export async function runSideBySide(
  world: World,
  most: number,
  choose: (count: number) => number,
  meanwhile: () => Promise<void>,
): Promise<boolean> {
  const waiting: (() => void)[] = []
  world.faults.gate = () => new Promise((resolve) => waiting.push(resolve))
  try {
    return await world.workSideBySide(most, async (items) => {
      const errors: unknown[] = []
      let running = items.length
      for (const item of items) void item.catch((error: unknown) => errors.push(error)).then(() => (running -= 1))
      for (;;) {
        await settled(world)
        if (errors.length > 0) throw errors[0]
        if (running === 0) return
        const [goesOn] = waiting.splice(choose(waiting.length), 1)
        if (goesOn === undefined) throw new Error('steps are under way, and none of them waits for a port')
        goesOn()
        await settled(world)
        await meanwhile()
      }
    })
  } finally {
    world.faults.gate = undefined
    for (const goesOn of waiting) goesOn()
  }
}

/** Until every call that goes on is done and its step waits for the next one. */
async function settled(world: World): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve))
  while (!world.faults.idle)
}
