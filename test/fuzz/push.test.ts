import { fuzzTests } from './fuzz-tests.ts'
import { pushTargets } from './push-targets.ts'

fuzzTests(pushTargets)
