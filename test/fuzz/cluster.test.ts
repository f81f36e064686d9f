import { clusterTargets } from './cluster-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(clusterTargets)
