import { randomInt } from 'node:crypto'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testOnTestbed } from '../../support/testbed.ts'
import { openFlows } from './open-flows.ts'

// A part of the long run: another one each time. `npm run test:long -- --seed …` repeats one that failed.
testOnTestbed(
  'twenty flows are open while the service is killed twice; each is started exactly once',
  async (t, testbed) => {
    t.timeout(240_000)
    const seed = randomInt(2 ** 31)
    t.log(`seed ${seed}`)
    const folder = await temporaryFolder(t)
    const { figures, violations } = await openFlows.run(
      { seed, size: 0.02, folder, say: (line) => t.log(line) },
      testbed,
    )
    t.log(figures)
    t.deepEqual(violations, [])
  },
)
