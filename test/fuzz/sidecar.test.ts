import { sidecarTargets } from './sidecar-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(sidecarTargets)
