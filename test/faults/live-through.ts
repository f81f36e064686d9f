import { setTimeout as pause } from 'node:timers/promises'
import { startFaultStage } from './stage.ts'
import type { Testbed } from '../support/testbed.ts'
import { begin, type Course, drawLots, follow, offerLots } from './load.ts'
import { quiet, violationsOf } from './oracle.ts'
import { chance } from './proxy/chance.ts'
import type { FaultPlan } from './proxy/fault.ts'
import type { FaultProxy } from './proxy/fault-proxy.ts'

/** A mixed load under faults. */
export interface Trial {
  /** Decides about the load. */
  readonly seed: number
  /** Decides what goes wrong. */
  readonly plan: FaultPlan
  /** How many transfers. */
  readonly transfers: number
  /** For how long calls go wrong at most, in milliseconds. */
  readonly troubledMs: number
  readonly folder: string
}

/** What became of it. */
export interface TrialOutcome {
  /** How often each call was made, by part and name: `kubernetes: create jobs`. */
  readonly calls: ReadonlyMap<string, number>
  /** How often each fault happened, by part, name and kind. */
  readonly faults: ReadonlyMap<string, number>
  readonly violations: readonly string[]
}

/** How long everything may take to come to its end after the last fault. Milliseconds. */
const endMs = 180_000

/** Lives through one: the service gets a load while its calls go wrong, then nothing goes wrong any more and all must come to its end. */
export async function liveThrough(testbed: Testbed, trial: Trial): Promise<TrialOutcome> {
  const { seed, plan, troubledMs } = trial
  const stage = await startFaultStage(testbed, trial.folder)
  try {
    stage.plan(plan)
    await offerLots(stage)
    const courses: Course[] = []
    const followed: Promise<readonly string[]>[] = []
    for (const [index, lot] of drawLots(seed, trial.transfers).entries()) {
      const course = begin(stage, lot)
      courses.push(course)
      followed.push(follow(stage, course, seed))
      await pause(100 * chance(seed, 'pause', index))
    }
    const all = Promise.all(followed)
    await Promise.race([all, pause(troubledMs, undefined, { ref: false })])
    stage.heal()
    const violations = (await all).flat()
    await quiet(stage, endMs)
    violations.push(...(await violationsOf(stage, courses)))
    return {
      calls: counted(stage.proxies, ({ calls }) => calls),
      faults: counted(stage.proxies, ({ faults }) => faults),
      violations,
    }
  } catch (error) {
    const log = (await stage.entrypoint.log()).slice(-4_000)
    return {
      calls: new Map(),
      faults: counted(stage.proxies, ({ faults }) => faults),
      violations: [`${error instanceof Error ? error.message : String(error)}\nthe end of the service’s log:\n${log}`],
    }
  } finally {
    await stage.close()
  }
}

function counted(
  proxies: readonly FaultProxy[],
  pick: (proxy: FaultProxy) => ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  return new Map(
    proxies.flatMap((proxy) =>
      [...pick(proxy)].map(([name, count]) => [`${proxy.dependency}: ${name}`, count] as const),
    ),
  )
}

/** All counts together. */
export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}
