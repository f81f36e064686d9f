import { randomInt } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testOnTestbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome } from '../frame/long-run.ts'
import { crashLocally, crashOnStandIn } from './crash-point-runs.ts'
import { crashFlows } from './flow-points.ts'
import { killLocally, killOnStandIn } from './kills.ts'
import { crashReceptions } from './reception-points.ts'

// A part of the long runs `kills` and `crash-points`: another one each time. `npm run test:long -- --seed …` repeats one that failed.

/** Shares that take some seconds on an idle machine. */
const fewKills = 0.006
const fewPlaces = 0.015
const manyLocalPlaces = 0.15
const fewFlowPlaces = 0.1
const fewReceptionPlaces = 0.1

async function live(
  t: ExecutionContext,
  size: number,
  run: (context: LongContext) => Promise<LongOutcome>,
): Promise<void> {
  t.timeout(240_000)
  const seed = randomInt(2 ** 31)
  t.log(`seed ${seed}`)
  const { figures, violations } = await run({
    seed,
    size,
    folder: await temporaryFolder(t),
    say: (line) => t.log(line),
  })
  t.log(figures)
  t.deepEqual(violations, [])
}

test.serial('killed at random on the local backend', (t) => live(t, fewKills, killLocally))
test.serial('ended at places of the local backend', (t) => live(t, manyLocalPlaces, crashLocally))
test.serial('ended at places that data flows come to', (t) => live(t, fewFlowPlaces, crashFlows))
test.serial('ended at places that a consumer’s receptions come to', (t) => live(t, fewReceptionPlaces, crashReceptions))
testOnTestbed('killed at random with jobs on a cluster', (t, testbed) =>
  live(t, fewKills, (context) => killOnStandIn(context, testbed)),
)
testOnTestbed('ended at named places with jobs on a cluster', (t, testbed) =>
  live(t, fewPlaces, (context) => crashOnStandIn(context, testbed)),
)
