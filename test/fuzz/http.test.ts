import { httpTargets } from './http-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(httpTargets)
