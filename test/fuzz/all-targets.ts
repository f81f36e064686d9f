import { accessTargets } from './access-targets.ts'
import { assetTargets } from './asset-targets.ts'
import { clusterTargets } from './cluster-targets.ts'
import type { FuzzTarget } from './fuzz.ts'
import { httpTargets } from './http-targets.ts'
import { pushTargets } from './push-targets.ts'
import { receivingTargets } from './receiving-targets.ts'
import { resultTargets } from './result-targets.ts'
import { settingsTargets } from './settings-targets.ts'
import { sidecarTargets } from './sidecar-targets.ts'
import { signalingTargets } from './signaling-targets.ts'

/** Every parser that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...assetTargets,
  ...resultTargets,
  ...httpTargets,
  ...sidecarTargets,
  ...clusterTargets,
  ...settingsTargets,
  ...accessTargets,
  ...pushTargets,
  ...receivingTargets,
  ...signalingTargets,
]
