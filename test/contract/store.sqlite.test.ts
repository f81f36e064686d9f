import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { migrate } from '../../entrypoint/stores/migrations.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStore } from './store.contract.ts'
import { accepted, resultOf } from './store-examples.ts'

const ids = { next: randomUUID }

testStore('sqlite', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  return { open: async () => openSqliteStore(path, ids) }
})

test('a database written by a newer release is refused and left as it is', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  await openSqliteStore(path, ids).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  t.throws(() => openSqliteStore(path, ids), {
    message: /schema version 99, this release knows \d+\. Start a newer release/,
  })
  t.is(database.prepare('PRAGMA user_version').get()?.['user_version'], 99)
  database.close()
})

test('a database of the first schema is brought up to date with what it holds', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  const database = new DatabaseSync(path)
  migrate(database, 1)
  const { jobId, transferId: first, attempt, manifest, registeredAt } = resultOf('a')
  database
    .prepare('INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at) VALUES (?, ?, ?, ?, ?)')
    .run(jobId, first ?? '', attempt, JSON.stringify(manifest), registeredAt)
  database.close()
  const migrated = openSqliteStore(path, ids)
  t.deepEqual(await migrated.result('job-a'), resultOf('a'))
  const { transferId: _, ...result } = { ...resultOf('b') }
  t.is(await migrated.commit({ result }), 'done')
  await migrated.close()
})

test('a file that is no database is refused', async (t) => {
  const folder = await temporaryFolder(t)
  t.throws(() => openSqliteStore(folder, ids))
  t.throws(() => openSqliteStore(join(folder, 'missing', 'state.db'), ids))
})

test('an answered write is on disk: write-ahead log, synchronised at every commit', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  const opened: DatabaseSync[] = []
  const exec = DatabaseSync.prototype.exec
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    opened.push(this)
    return exec.call(this, sql)
  }
  t.teardown(() => {
    DatabaseSync.prototype.exec = exec
  })
  const store = openSqliteStore(path, ids)
  const [connection] = opened
  t.is(connection?.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
  t.is(connection?.prepare('PRAGMA synchronous').get()?.['synchronous'], 2, 'FULL')
  await store.close()
})

test('what was accepted survives SIGKILL right after the answer', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  const code = `
    import { openSqliteStore } from '${new URL('../../entrypoint/stores/sqlite.ts', import.meta.url).href}'
    import { accepted } from '${new URL('store-examples.ts', import.meta.url).href}'
    const store = openSqliteStore(${JSON.stringify(path)}, { next: () => 'lease' })
    await accepted(store, 'a')
    await store.wake([{ kind: 'job', key: 'job-a', dueAt: 1 }])
    await store.claim(5, 1, 60_000)
    process.stdout.write('answered')
    setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = openSqliteStore(path, ids)
  t.is((await store.job('job-a'))?.value.state, 'accepted')
  t.deepEqual(await store.claim(5, 10, 1), [], 'the lease is the dead process’s')
  await store.releaseLeases()
  t.is((await store.claim(5, 10, 1)).length, 1)
  t.is((await accepted(store, 'b')).value.state, 'accepted')
  await store.close()
})
