import { assetTargets } from './asset-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(assetTargets)
