import { join } from 'node:path'
import { liveThrough, total } from '../../faults/live-through.ts'
import { lots } from '../../faults/load.ts'
import { losing, lostAnswers } from '../../faults/lost-answers.ts'
import type { Dependency } from '../../faults/proxy/fault.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { inLanes } from './in-lanes.ts'

const lanes = 3
/** For how long answers are lost at most: a load without faults takes some seconds. Milliseconds. */
const troubledMs = 90_000

/**
 * For each kind of call by itself: it is done, and its answer is lost, every time or (where nothing but a call again can help) three
 * times in a row; once by a reset, once by a 503.
 */
export const lostAnswersOfEachKind: LongRun = {
  name: 'lost-answers',
  title: 'every kind of outbound call is done but reported as failed',
  needs: 'testbed',
  run,
}

async function run({ seed, size, folder, say }: LongContext, testbed: Testbed): Promise<LongOutcome> {
  const all = Object.entries(lostAnswers).flatMap(([dependency, names]) =>
    Object.keys(names).flatMap((name) =>
      (['reset', 503] as const).map((instead) => ({ dependency: dependency as Dependency, name, instead })),
    ),
  )
  const chosen = all.slice(0, Math.max(1, Math.ceil(all.length * size)))
  const violations: string[] = []
  let lost = 0
  let never = 0
  await inLanes([...chosen.entries()], lanes, async ([index, { dependency, name, instead }]) => {
    const onPostgres = dependency === 'database' || (index + seed) % 4 < 2
    const outcome = await liveThrough(testbed, {
      seed,
      plan: losing(dependency, name, instead),
      transfers: lots.length,
      troubledMs,
      folder: join(folder, String(index)),
      postgresUrl: onPostgres ? testbed.postgresUrl : undefined,
    })
    outcome.violations.forEach(say)
    lost += total(outcome.faults)
    if (total(outcome.faults) === 0) never += 1
    violations.push(...outcome.violations.map((one) => `${dependency}: ${name}, ${instead}: ${one}`))
    say(
      `${dependency}: ${name}, ${instead} in place of ${total(outcome.faults)} answers; ${violations.length} violations`,
    )
  })
  return {
    figures: {
      'kinds of call': chosen.length / 2,
      loads: chosen.length,
      'answers lost': lost,
      'loads without a call of the kind': never,
    },
    violations,
  }
}
