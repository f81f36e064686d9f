import { settingsTargets } from './settings-targets.ts'
import { fuzzTests } from './fuzz-tests.ts'

fuzzTests(settingsTargets)
