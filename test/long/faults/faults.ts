import { join } from 'node:path'
import { liveThrough, total } from '../../faults/live-through.ts'
import { seededPlan } from '../../faults/proxy/seeded-plan.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { inLanes } from './in-lanes.ts'

/** Shares of the calls that go wrong, and how many seeds there are of each at full size. */
const rates = [0.01, 0.1] as const
const seedsOfEach = 100
/** Transfers of one load, and for how long calls go wrong in it: milliseconds. */
const transfers = 14
const troubledMs = 20_000
/** Loads that live side by side. */
const lanes = 3

/**
 * A mixed load on the real service process, whose every call may go wrong: of the cluster's API (a stand-in), of a real MinIO, by
 * the service and by the sidecar, of the connector (a simulated one), and, with every second seed, of a real PostgreSQL in place of SQLite. When nothing goes wrong any more, all must come to its end.
 */
export const faults: LongRun = {
  name: 'faults',
  title: 'faults of every outbound call at 1 % and 10 %, 100 seeds of each',
  needs: 'testbed',
  run,
}

async function run({ seed, size, folder, say }: LongContext, testbed: Testbed): Promise<LongOutcome> {
  const count = Math.max(1, Math.round(seedsOfEach * size))
  const seeds = Array.from({ length: count }, (_, index) => seed + index)
  const trials = seeds.flatMap((one) => rates.map((rate) => ({ rate, seed: one })))
  const violations: string[] = []
  const sums = { calls: 0, faults: 0, postgres: 0 }
  const kinds = new Set<string>()
  let done = 0
  await inLanes(trials, lanes, async (trial) => {
    const outcome = await liveThrough(testbed, {
      seed: trial.seed,
      plan: seededPlan(trial.seed, trial.rate),
      transfers,
      troubledMs,
      folder: join(folder, `${trial.seed}-${trial.rate}`),
      postgresUrl: trial.seed % 2 === 0 ? testbed.postgresUrl : undefined,
    })
    outcome.violations.forEach((one) => say(`seed ${trial.seed} at ${trial.rate}: ${one}`))
    sums.calls += total(outcome.calls)
    sums.faults += total(outcome.faults)
    if ([...outcome.calls.keys()].some((call) => call.startsWith('database: '))) sums.postgres += 1
    for (const kind of outcome.faults.keys()) kinds.add(kind)
    const again = `npm run test:long -- faults --seed ${trial.seed} --size ${1 / seedsOfEach}`
    violations.push(
      ...outcome.violations.map((one) => `seed ${trial.seed} at ${trial.rate * 100} %: ${one} (again: ${again})`),
    )
    done += 1
    say(
      `${done} of ${trials.length} loads, ${sums.faults} of ${sums.calls} calls went wrong, ${violations.length} violations`,
    )
  })
  return {
    figures: {
      'seeds at 1 %': count,
      'seeds at 10 %': count,
      'loads on PostgreSQL': sums.postgres,
      transfers: trials.length * transfers,
      'outbound calls': sums.calls,
      'calls that went wrong': sums.faults,
      'kinds of call and fault': kinds.size,
    },
    violations,
  }
}
