import { admittedPods } from './admitted-pods.ts'
import { faults } from './faults/faults.ts'
import { lostAnswersOfEachKind } from './faults/lost-answers.ts'
import type { LongRun } from './frame/long-run.ts'
import { fuzzRun } from './fuzz/run.ts'
import { crashPointRuns } from './kills/crash-point-runs.ts'
import { clusterKills, kills } from './kills/kills.ts'
import { races } from './races.ts'

/** Every long run there is, in the order in which they run. */
export const longRuns: readonly LongRun[] = [
  crashPointRuns,
  kills,
  clusterKills,
  faults,
  lostAnswersOfEachKind,
  races,
  fuzzRun,
  admittedPods,
]
