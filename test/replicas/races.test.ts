import { runRaces } from '../long/races.ts'
import { testWithPostgres } from '../support/testbed.ts'

// A small selection; `npm run test:long` runs a thousand rounds and a thousand transfers.

testWithPostgres(
  'of twenty replicas one gets the work, and of twenty copies of a message one becomes a job',
  async (t, server) => {
    const { figures, violations } = await runRaces({ size: 0.02, say: (line) => t.log(line) }, server)
    t.log(figures)
    t.deepEqual(violations, [])
    t.is(figures['race: claims'], 800)
    t.true(Number(figures['race: changes under a lost lease']) > 5, 'some were taken over')
    t.is(figures['duplicates: jobs'], 20)
  },
)
