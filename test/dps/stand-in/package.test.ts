import test from 'ava'
import { packageScenes } from './package-scenes.ts'
import { pairFor } from './pair.ts'
import { standIns } from './pair-under-test.ts'

for (const { title, run } of packageScenes) test(title, async (t) => run(t, standIns(await pairFor(t))))
