import { fuzzTests } from './fuzz-tests.ts'
import { signalingTargets } from './signaling-targets.ts'

fuzzTests(signalingTargets)
