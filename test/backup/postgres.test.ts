import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import pg from 'pg'
import type { Store } from '../../core/ports/store.ts'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { accepted, after, slot, slotTaken, stored, verified } from '../contract/store-examples.ts'
import { fencedBlocks } from '../docs/fenced-blocks.ts'
import { projectRoot } from '../support/entrypoint.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testWithPostgres } from '../support/testbed.ts'

// The commands of docs/operations.md, on a real server.

const run = promisify(execFile)

function commandsWith(word: string): string {
  const page = readFileSync(join(projectRoot, 'docs/operations.md'), 'utf8')
  const found = fencedBlocks(page).filter(({ text }) => text.includes(word))
  if (found.length !== 1) throw new Error(`${found.length} blocks of docs/operations.md have ${word}`)
  return found[0]?.text ?? ''
}

/** A database of the test's own, which the commands may rename and make anew. */
async function ownDatabase(
  t: ExecutionContext,
  server: string,
): Promise<{ readonly name: string; readonly url: string }> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client(server)
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  t.teardown(async () => {
    for (const one of [name, `${name}_before`]) await client.query(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`)
    await client.end()
  })
  const url = new URL(server)
  url.pathname = `/${name}`
  return { name, url: url.href }
}

const open = async (url: string): Promise<Store> =>
  (await openPostgresStore({ url, ids: { next: randomUUID }, logger: recordingLogger() })).store

testWithPostgres(
  'a backup of PostgreSQL, made while the service writes and restored into a new database, has what was there then, and transfers come before jobs',
  async (t, server) => {
    t.timeout(120_000)
    const { name, url } = await ownDatabase(t, server)
    const folder = await temporaryFolder(t)
    const bash = async (commands: string): Promise<void> => {
      const text = commands.replaceAll('compute_before', `${name}_before`).replaceAll(/\bcompute\b/g, name)
      const environment = { ...process.env, POSTGRES_URL: server, DSC_DATABASE_URL: url }
      await run('bash', ['-euo', 'pipefail', '-c', text.replaceAll('/backup/', `${folder}/`)], { env: environment })
    }
    const store = await open(url)
    for (const word of ['a', 'b']) {
      await store.commit({ job: after(await accepted(store, word), verified) })
      await store.wake([
        { kind: 'job', key: `job-${word}`, dueAt: 5 },
        { kind: 'transfer', key: `transfer-${word}`, dueAt: Date.now() + 3_600_000 },
      ])
    }
    t.is(await store.commit({ job: after(stored(await store.job('job-a')), slotTaken), require: slot(9) }), 'done')
    t.is((await store.claim(Date.now(), 1, 600_000)).length, 1)
    const enough = new AbortController()
    const writes = (async () => {
      for (let number = 0; !enough.signal.aborted; number += 1) await accepted(store, `later-${number}`)
    })()
    await bash(commandsWith('pg_dump --format'))
    enough.abort()
    await writes
    const { length: all } = await store.listJobs({ limit: 10_000 })
    await store.close()

    await bash(commandsWith('pg_restore --exit-on-error'))
    const restored = await open(url)
    t.teardown(() => restored.close())
    const jobs = await restored.listJobs({ limit: 10_000 })
    t.true(jobs.length >= 2 && jobs.length <= all, `${jobs.length} of ${all} jobs`)
    for (const job of jobs)
      t.truthy(await restored.transfer(job.origin.kind === 'transfer' ? job.origin.transferId : ''), job.id)
    t.is(stored(await restored.job('job-a')).value.state, 'starting')
    t.deepEqual((await restored.claim(Date.now(), 99, 1_000)).map(({ key }) => key).toSorted(), [
      'transfer-a',
      'transfer-b',
    ])
    const due = (await restored.nextDue()) ?? 0
    t.true(due > 0)
    const line = await restored.line(Date.now(), 9)
    t.deepEqual([line.running, line.contenders.map(({ jobId }) => jobId)], [1, ['job-b']])
    t.is((await accepted(restored, 'new')).value.state, 'accepted', 'it takes new work')
  },
)
