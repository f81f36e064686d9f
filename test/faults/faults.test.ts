import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import { liveThrough, total, type Trial } from './live-through.ts'
import { lots } from './load.ts'
import { losingAll, lostAnswers, onlyAtStart } from './lost-answers.ts'
import type { FaultPlan } from './proxy/fault.ts'
import { seededPlan } from './proxy/seeded-plan.ts'

type Given = Pick<Trial, 'plan' | 'seed' | 'transfers'> & { readonly on: 'SQLite' | 'PostgreSQL' }

async function live(t: ExecutionContext, testbed: Testbed, { on, ...given }: Given) {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-faults-'))
  const postgresUrl = on === 'SQLite' ? undefined : testbed.postgresUrl
  const trial: Trial = { ...given, troubledMs: 10_000, folder, postgresUrl }
  const outcome = await liveThrough(testbed, trial)
  t.log(`seed ${given.seed}: ${total(outcome.calls)} calls, ${total(outcome.faults)} went wrong`)
  t.deepEqual(outcome.violations, [])
  await rm(folder, { recursive: true, force: true })
  return outcome
}

/** Everything that is in the table of lost-answers.ts, and what it cannot have. */
const known: ReadonlySet<string> = new Set([
  ...Object.entries(lostAnswers).flatMap(([part, names]) => Object.keys(names).map((name) => `${part}: ${name}`)),
  ...onlyAtStart,
])

/** A selection of the long runs `faults` and `lost-answers`. */
for (const [on, plan, fewest] of [
  ['SQLite', losingAll, 20],
  ['PostgreSQL', (call) => (call.dependency === 'database' ? losingAll(call) : undefined), 30],
] as const satisfies readonly (readonly [Given['on'], FaultPlan, number])[])
  testOnTestbed(
    `the first two answers of every kind of call are lost: each is in the table, and all ends well (${on})`,
    async (t, testbed) => {
      const { calls, faults } = await live(t, testbed, { on, plan, seed: 1, transfers: lots.length })
      t.deepEqual(
        [...calls.keys()].filter((call) => !known.has(call)),
        [],
        'every kind of call is in lost-answers.ts',
      )
      t.true(faults.size >= fewest, `${faults.size} kinds of calls lost their answer`)
    },
  )

testOnTestbed('a tenth of all calls goes wrong', async (t, testbed) => {
  const seed = Math.floor(Math.random() * 1e6)
  const on = seed % 2 === 0 ? 'PostgreSQL' : 'SQLite'
  const { faults } = await live(t, testbed, { on, plan: seededPlan(seed, 0.1), seed, transfers: 10 })
  t.true(total(faults) > 0)
})
