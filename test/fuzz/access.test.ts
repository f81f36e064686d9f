import { accessTargets } from './access-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(accessTargets)
