import { fuzzTests } from './fuzz-tests.ts'
import { receivingTargets } from './receiving-targets.ts'

fuzzTests(receivingTargets)
