import { admittedPods } from './admitted-pods.ts'
import { clockJumps } from './clock/clock-jumps.ts'
import { faults } from './faults/faults.ts'
import { lostAnswersOfEachKind } from './faults/lost-answers.ts'
import type { LongRun } from './frame/long-run.ts'
import { openFlows } from './flows/open-flows.ts'
import { fuzzRun } from './fuzz/run.ts'
import { crashPointRuns } from './kills/crash-point-runs.ts'
import { clusterKills, kills } from './kills/kills.ts'
import { races } from './races.ts'
import { soak } from './soak/soak.ts'

/** Every long run there is, in the order in which they run. */
export const longRuns: readonly LongRun[] = [
  crashPointRuns,
  kills,
  clusterKills,
  openFlows,
  faults,
  lostAnswersOfEachKind,
  clockJumps,
  races,
  soak,
  fuzzRun,
  admittedPods,
]
