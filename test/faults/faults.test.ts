import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { liveThrough, total, type Trial } from './live-through.ts'
import { lots } from './load.ts'
import { losingAll, lostAnswers } from './lost-answers.ts'
import type { FaultPlan } from './proxy/fault.ts'
import { seededPlan } from './proxy/seeded-plan.ts'

async function live(t: ExecutionContext, testbed: Testbed, plan: FaultPlan, seed: number, transfers: number) {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-faults-'))
  const trial: Trial = { seed, plan, transfers, troubledMs: 10_000, folder }
  const outcome = await liveThrough(testbed, trial)
  t.log(`seed ${seed}: ${total(outcome.calls)} calls, ${total(outcome.faults)} went wrong`)
  t.deepEqual(outcome.violations, [])
  await rm(folder, { recursive: true, force: true })
  return outcome
}

/** A selection of the long runs `faults` and `lost-answers`. */
testOnTestbed(
  'the first two answers of every kind of call are lost: each is in the table, and all ends well',
  async (t, testbed) => {
    const { calls, faults } = await live(t, testbed, losingAll, 1, lots.length)
    const known = new Set(
      Object.entries(lostAnswers).flatMap(([part, names]) => Object.keys(names).map((name) => `${part}: ${name}`)),
    )
    t.deepEqual(
      [...calls.keys()].filter((call) => !known.has(call)),
      [],
      'every kind of call is in lost-answers.ts',
    )
    t.true(faults.size >= 20, `${faults.size} kinds of calls lost their answer`)
  },
)

testOnTestbed('a tenth of all calls goes wrong', async (t, testbed) => {
  const seed = Math.floor(Math.random() * 1e6)
  const { faults } = await live(t, testbed, seededPlan(seed, 0.1), seed, 10)
  t.true(total(faults) > 0)
})
