import { claims } from '../stand-in/claims.ts'
import { edcPair } from './edc-pair.ts'
import { testOnEdc18, withEdcPair } from './testing.ts'

// What the stand-ins claim of a control plane, shown on a real one.
withEdcPair()

for (const { title, run } of claims) testOnEdc18(title, (t, connectors) => run(t, edcPair(connectors)))
