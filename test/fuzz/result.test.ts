import { resultTargets } from './result-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(resultTargets)
