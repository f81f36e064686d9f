import { setTimeout as pause } from 'node:timers/promises'
import { begin, type Course, follow, lotAt } from './load.ts'
import { quiet, violationsOf } from './oracle.ts'
import { chance } from './proxy/chance.ts'
import type { FaultStage } from './stage.ts'

/** How much there is to do all the time. */
export interface Pace {
  /** Mean pause between the beginnings of two transfers, in milliseconds. */
  readonly everyMs: number
  /** Most transfers under way at once; further ones begin when one of them is over. */
  readonly atOnce: number
}

/** What became of a load. */
export interface Load {
  readonly courses: readonly Course[]
  /** What went otherwise than it must; complete when `done` is. */
  readonly violations: readonly string[]
  /** All transfers are over. */
  readonly done: Promise<void>
}

/** Keeps a stage busy with transfers of every lot for so long, and resolves when no further one begins. */
export async function loadFor(stage: FaultStage, seed: number, lastsMs: number, pace: Pace): Promise<Load> {
  const courses: Course[] = []
  const violations: string[] = []
  const open = new Set<Promise<void>>()
  const end = performance.now() + lastsMs
  for (let index = 0; ; index += 1) {
    while (open.size >= pace.atOnce) await Promise.race(open)
    if (performance.now() >= end) break
    const course = begin(stage, lotAt(seed, index))
    courses.push(course)
    const followed = follow(stage, course, seed)
      .then(
        (wrong) => void violations.push(...wrong),
        (error: unknown) => void violations.push(`a transfer of ${course.lot}: ${String(error)}`),
      )
      .finally(() => open.delete(followed))
    open.add(followed)
    await pause(-Math.log(1 - chance(seed, 'pause', index)) * pace.everyMs)
  }
  return { courses, violations, done: Promise.all(open).then(() => undefined) }
}

/**
 * Waits until a load has come to its end; nothing goes wrong any more.
 * @param deadlineMs how long what is left after the last transfer may take
 * @returns what is wrong then
 */
export async function endOf(stage: FaultStage, load: Load, deadlineMs: number): Promise<readonly string[]> {
  await load.done
  try {
    await quiet(stage, deadlineMs)
  } catch (error) {
    return [...load.violations, error instanceof Error ? error.message : String(error)]
  }
  return [...load.violations, ...(await violationsOf(stage, load.courses))]
}
