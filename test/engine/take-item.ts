import { backoff } from '../../core/backoff.ts'
import type { WorkItem } from '../../core/ports/store.ts'
import { Stale } from '../../entrypoint/engine/apply.ts'
import type { EngineParts } from '../../entrypoint/engine/parts.ts'
import { step } from '../../entrypoint/engine/step.ts'

/** Most steps of one item in a row. */
const mostSteps = 20

/** What a test looked at after a step was wrong: no failure of the step. */
class CheckFailed extends Error {
  override readonly name = 'CheckFailed'
}

/** What looks on while an item is taken. */
export interface Onlooker {
  /** Called after each step. Where it fails, the test fails. */
  readonly afterStep: () => Promise<void>
  /** Whether the process ended. */
  readonly crashed: () => boolean
}

/** Takes an item of work as entrypoint/engine/loop.ts does, with somebody who looks on after each step. */
export async function takeItem(parts: EngineParts, item: WorkItem, onlooker: Onlooker): Promise<void> {
  const { store, clock } = parts
  try {
    const dueAt = await steps(parts, item, onlooker)
    await store.finish(item, dueAt, 0, clock.now())
  } catch (error) {
    if (error instanceof CheckFailed) throw error
    if (onlooker.crashed()) return
    const now = clock.now()
    const failures = item.failures + 1
    try {
      if (error instanceof Stale) await store.finish(item, now, item.failures, now)
      else await store.finish(item, now + backoff(failures, parts.random()), failures, now)
    } catch {
      // As in the loop: the lease runs out by itself.
    }
  }
}

async function steps(parts: EngineParts, item: WorkItem, onlooker: Onlooker): Promise<number | undefined> {
  for (let count = 1; ; count += 1) {
    let dueAt: number | undefined
    try {
      dueAt = await step(parts, item)
    } finally {
      await looked(onlooker)
    }
    if (dueAt === undefined || dueAt > parts.clock.now() || count >= mostSteps) return dueAt
  }
}

async function looked(onlooker: Onlooker): Promise<void> {
  try {
    await onlooker.afterStep()
  } catch (error) {
    throw new CheckFailed(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
