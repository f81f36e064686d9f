import { packageScenes } from '../stand-in/package-scenes.ts'
import { edcPair } from './edc-pair.ts'
import { testOnEdc18, withEdcPair } from './testing.ts'

// Data planes made of the protocol package, with control planes of EDC 0.18.
withEdcPair()

for (const { title, run } of packageScenes) testOnEdc18(title, (t, connectors) => run(t, edcPair(connectors)))
