import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { loadWhile } from './live-through.ts'
import { lots, offerLots } from './load.ts'
import { startFaultStage } from './stage.ts'

/** How long the database stands still. Milliseconds. */
const pausedMs = 5_000
/** How long it is away otherwise, and there in between. Milliseconds. */
const awayMs = 1_000
const thereMs = 1_500

testOnTestbed(
  'PostgreSQL is stopped, stands still, is killed and started again while jobs are under way: each transfer comes to its one end',
  async (t, testbed) => {
    const folder = await mkdtemp(join(tmpdir(), 'dsc-postgres-away-'))
    const postgres = await startOwnPostgres()
    const stage = await startFaultStage(testbed, folder, { postgresUrl: postgres.url })
    try {
      await offerLots(stage)
      const wrong = await loadWhile(stage, [...lots, ...lots], 1, async () => {
        await postgres.stop()
        await pause(awayMs)
        await postgres.start()
        await pause(thereMs)
        await postgres.pause()
        await pause(pausedMs)
        await postgres.resume()
        await pause(thereMs)
        await postgres.kill()
        await pause(awayMs)
        await postgres.start()
      })
      t.deepEqual(wrong, [])
      await rm(folder, { recursive: true, force: true })
    } finally {
      await postgres.resume()
      await stage.close()
      await postgres.close()
    }
  },
)
