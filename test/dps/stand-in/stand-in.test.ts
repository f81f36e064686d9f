import test from 'ava'
import { claims } from './claims.ts'
import { pairFor } from './pair.ts'
import { standIns } from './pair-under-test.ts'

for (const { title, run } of claims) test(title, async (t) => run(t, standIns(await pairFor(t))))
