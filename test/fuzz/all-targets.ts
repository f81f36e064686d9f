import { accessTargets } from './access-targets.ts'
import { assetTargets } from './asset-targets.ts'
import { clusterTargets } from './cluster-targets.ts'
import type { FuzzTarget } from './fuzz.ts'
import { httpTargets } from './http-targets.ts'
import { resultTargets } from './result-targets.ts'
import { settingsTargets } from './settings-targets.ts'
import { sidecarTargets } from './sidecar-targets.ts'

/** Every parser that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...assetTargets,
  ...resultTargets,
  ...httpTargets,
  ...sidecarTargets,
  ...clusterTargets,
  ...settingsTargets,
  ...accessTargets,
]
