import { setTimeout as pause } from 'node:timers/promises'
import { type FaultStage, startFaultStage } from './stage.ts'
import type { Testbed } from '../support/testbed.ts'
import { begin, type Course, drawLots, follow, type Lot, offerLots } from './load.ts'
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
  /** As in the options of a stage. */
  readonly postgresUrl?: string | undefined
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
  let stage: FaultStage | undefined
  let violations: readonly string[]
  try {
    stage = await startFaultStage(testbed, trial.folder, { postgresUrl: trial.postgresUrl })
    violations = await live(stage, trial)
  } catch (error) {
    const log =
      stage === undefined ? '' : `\nthe end of the service’s log:\n${(await stage.entrypoint.log()).slice(-4_000)}`
    violations = [`${error instanceof Error ? error.message : String(error)}${log}`]
  }
  const proxies = stage?.proxies ?? []
  await stage?.close()
  return { calls: counted(proxies, ({ calls }) => calls), faults: counted(proxies, ({ faults }) => faults), violations }
}

async function live(stage: FaultStage, { seed, plan, transfers, troubledMs }: Trial): Promise<readonly string[]> {
  stage.plan(plan)
  await offerLots(stage)
  return loadWhile(stage, drawLots(seed, transfers), seed, (load) =>
    Promise.race([load, pause(troubledMs, undefined, { ref: false })]),
  )
}

/**
 * Gives a service a load while something happens. When that is over nothing goes wrong any more, and all must come to its end.
 * @param happens may wait for the load
 * @returns what is wrong then
 */
export async function loadWhile(
  stage: FaultStage,
  load: readonly Lot[],
  seed: number,
  happens: (load: Promise<unknown>) => Promise<unknown>,
): Promise<readonly string[]> {
  const courses: Course[] = []
  const followed: Promise<readonly string[]>[] = []
  for (const [index, lot] of load.entries()) {
    const course = begin(stage, lot)
    courses.push(course)
    followed.push(follow(stage, course, seed))
    await pause(100 * chance(seed, 'pause', index))
  }
  const all = Promise.all(followed)
  await happens(all)
  stage.heal()
  const violations = (await all).flat()
  await quiet(stage, endMs)
  return [...violations, ...(await violationsOf(stage, courses))]
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
