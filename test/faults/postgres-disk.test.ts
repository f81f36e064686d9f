import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { eventually } from '../support/eventually.ts'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { loadWhile } from './live-through.ts'
import { lots, offerLots } from './load.ts'
import { mountSmallDisk } from './small-disk.ts'
import { startFaultStage } from './stage.ts'

const run = promisify(execFile)

/** Makes a database whose tables lie in a folder. @returns its address */
async function databaseIn(folder: string, server: string): Promise<string> {
  await run('chown', ['postgres:', folder])
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`CREATE TABLESPACE small LOCATION '${folder}'`)
  await client.query('CREATE DATABASE compute TABLESPACE small')
  await client.end()
  const url = new URL(server)
  url.pathname = '/compute'
  return url.href
}

testOnTestbed(
  'the disk under the tables of PostgreSQL is full for a while: each transfer comes to its one end',
  async (t, testbed) => {
    const disk = await mountSmallDisk(48)
    if (disk === undefined) {
      t.log('skipped: this process may not mount a file system (run as root)')
      t.pass()
      return
    }
    const folder = await mkdtemp(join(tmpdir(), 'dsc-postgres-full-'))
    const postgres = await startOwnPostgres()
    try {
      const stage = await startFaultStage(testbed, folder, { postgresUrl: await databaseIn(disk.folder, postgres.url) })
      try {
        await offerLots(stage)
        const wrong = await loadWhile(stage, [...lots, ...lots], 1, async () => {
          await disk.fill()
          await eventually('the database to refuse a write', async () =>
            (await stage.entrypoint.log()).includes('"53100"')
              ? { done: undefined }
              : { pending: 'it finds room for all of them' },
          )
          await pause(2_000)
          await disk.clear()
        })
        t.deepEqual(wrong, [])
        await rm(folder, { recursive: true, force: true })
      } finally {
        await disk.clear()
        await stage.close()
      }
    } finally {
      await postgres.close()
      await disk.close()
    }
  },
)
