import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import type { Store } from '../../core/ports/store.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { backUp, restore, restoredJobsMs } from '../../entrypoint/stores/sqlite-backup.ts'
import { dscProgram, runDsc } from '../cli/run-dsc.ts'
import { accepted, stored } from '../contract/store-examples.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ids = { next: randomUUID }
const jobsOf = async (store: Store): Promise<readonly string[]> =>
  (await store.listJobs({ limit: 10_000 })).map(({ id }) => id)

test('a backup that is made while the service writes is one moment of it, whole', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'state.db')
  const store = openSqliteStore(path, ids)
  t.teardown(() => store.close())
  const from = (name: string): string => new URL(`../../${name}`, import.meta.url).href
  const code = `
    import { openSqliteStore } from '${from('entrypoint/stores/sqlite.ts')}'
    import { accepted } from '${from('test/contract/store-examples.ts')}'
    const store = openSqliteStore(${JSON.stringify(path)}, { next: () => 'lease' })
    for (let number = 0; ; number += 1) {
      await accepted(store, String(number))
      if (number === 20) process.stdout.write('under way')
    }`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const counts: number[] = []
  for (const number of [1, 2, 3, 4, 5]) {
    const before = (await jobsOf(store)).length
    const file = join(folder, `backup-${number}.db`)
    const { jobs } = backUp(path, file)
    t.true(jobs >= before, 'all that was there before is in it')
    counts.push(jobs)
    const copy = openSqliteStore(file, ids)
    const all = await jobsOf(copy)
    t.deepEqual(all.toSorted(), Array.from({ length: all.length }, (_, index) => `job-${index}`).toSorted())
    for (const id of all) stored(await copy.transfer(id.replace('job', 'transfer')))
    await copy.close()
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.true((counts.at(-1) ?? 0) > (counts[0] ?? 0), 'it wrote meanwhile')
  t.deepEqual(await left(folder), [])
})

/** What a backup or restore must not leave behind. */
async function left(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /\.part|\.backup-|\.restore-/.test(name))
}

test('a copy of the file alone is no backup: what was written last is not in it', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'state.db')
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  copyFileSync(path, join(folder, 'copy.db'))
  backUp(path, join(folder, 'backup.db'))
  const count = (file: string): unknown => {
    const database = new DatabaseSync(join(folder, file))
    try {
      return database.prepare('SELECT count(*) AS n FROM jobs').get()?.['n']
    } catch (error) {
      return String(error)
    } finally {
      database.close()
    }
  }
  t.is(count('backup.db'), 1)
  t.not(count('copy.db'), 1)
  await store.close()
})

test('a restored database is the backup’s; leases are free, and transfers come before jobs', async (t) => {
  const folder = await temporaryFolder(t)
  const [path, file] = [join(folder, 'state.db'), join(folder, 'backup.db')]
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  await store.wake([
    { kind: 'job', key: 'job-a', dueAt: 5 },
    { kind: 'transfer', key: 'transfer-a', dueAt: 90_000 },
    { kind: 'expire', key: 'job-z', dueAt: 7_000 },
  ])
  await store.claim(5, 1, 1_000_000)
  backUp(path, file)
  await accepted(store, 'b')
  await store.close()
  const { before, content } = restore(file, path, 1_000)
  t.is(content.jobs, 1)
  const again = openSqliteStore(path, ids)
  t.deepEqual(await jobsOf(again), ['job-a'])
  t.deepEqual(
    (await again.claim(1_000, 9, 1)).map(({ key }) => key),
    ['transfer-a'],
  )
  t.deepEqual((await again.claim(1_000 + restoredJobsMs, 9, 1)).map(({ key }) => key).toSorted(), [
    'job-a',
    'job-z',
    'transfer-a',
  ])
  await again.close()
  const old = openSqliteStore(before ?? '', ids)
  t.deepEqual(await jobsOf(old), ['job-b', 'job-a'], 'what was there before is kept')
  await old.close()
  t.true(existsSync(file))
  t.deepEqual(await left(folder), [])
})

test('a database that somebody uses, and a backup that is none, are refused; nothing is changed', async (t) => {
  const folder = await temporaryFolder(t)
  const [path, file] = [join(folder, 'state.db'), join(folder, 'backup.db')]
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  backUp(path, file)
  t.throws(() => backUp(path, file), { message: /exists/ })
  t.throws(() => backUp(join(folder, 'missing.db'), join(folder, 'x.db')), { message: /there is no database/ })
  t.throws(() => restore(file, path, 1), { message: /is in use: stop the service first/ })
  await accepted(store, 'b')
  await store.close()

  const bad = (name: string, change: (copy: string) => void): string => {
    const copy = join(folder, name)
    copyFileSync(file, copy)
    change(copy)
    return copy
  }
  const newer = bad('newer.db', (copy) => new DatabaseSync(copy).exec('PRAGMA user_version = 99'))
  const damaged = bad('damaged.db', (copy) => truncateSync(copy, statSync(copy).size - 4096 * 3))
  const text = bad('text.db', (copy) => writeFileSync(copy, 'no database at all, but a text of some length'))
  const other = bad('other.db', (copy) => new DatabaseSync(copy).exec('DROP TABLE work'))
  for (const [backup, message] of [
    [newer, /schema version 99, this release knows/],
    [damaged, /damaged|malformed/],
    [text, /is no SQLite database/],
    [other, /is no database of this service/],
    [join(folder, 'missing.db'), /there is no file/],
  ] as const)
    t.throws(() => restore(backup, path, 1), { message }, backup)
  const again = openSqliteStore(path, ids)
  t.deepEqual(await jobsOf(again), ['job-b', 'job-a'])
  await again.close()
  t.deepEqual(await left(folder), [])
})

test('a damaged database is no hindrance to the backup that replaces it', async (t) => {
  const folder = await temporaryFolder(t)
  const [path, file] = [join(folder, 'state.db'), join(folder, 'backup.db')]
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  backUp(path, file)
  await store.close()
  writeFileSync(path, 'rubbish, long enough to be looked at as a database header by SQLite')
  const { before } = restore(file, path, 1)
  t.regex(readFileSync(before ?? '', 'utf8'), /rubbish/)
  const again = openSqliteStore(path, ids)
  t.deepEqual(await jobsOf(again), ['job-a'])
  await again.close()
})

test('dsc backup and dsc restore: through files and streams, and with the words of an operator', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'state.db')
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  const environment = { DSC_DATABASE: path }
  const file = join(folder, 'backup.db')
  const made = await runDsc(['backup', file], { environment, folder })
  t.is(made.code, 0, made.stderr)
  t.regex(made.stdout, /^Backup in .*backup\.db: 1 job, 0 asset versions, .*KiB, schema \d+\.$/m)

  const piped = spawn(process.execPath, [dscProgram, 'backup', '-'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const bytes = Buffer.concat(await piped.stdout.toArray())
  t.is(bytes.subarray(0, 15).toString(), 'SQLite format 3')

  const busy = await runDsc(['restore', file], { environment, folder })
  t.is(busy.code, 1)
  t.regex(busy.stderr, /Nothing was restored[^]*is in use: stop the service first/)
  await accepted(store, 'b')
  await store.close()

  const restoring = spawn(process.execPath, [dscProgram, 'restore', '-'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  restoring.stdin.end(bytes)
  const said = Buffer.concat(await restoring.stdout.toArray()).toString()
  t.regex(said, /state\.db is the backup now: 1 job, 0 asset versions\. What was there before is .*state\.db\./)
  const again = openSqliteStore(path, ids)
  t.deepEqual(await jobsOf(again), ['job-a'])
  await again.close()
  t.deepEqual(await left(folder), [])

  const elsewhere = await runDsc(['backup', file], {
    environment: { DSC_DATABASE_URL: 'postgres://user:secret-word@127.0.0.1/x' },
    folder,
  })
  t.is(elsewhere.code, 4)
  t.regex(elsewhere.stderr, /in PostgreSQL[^]*pg_dump/)
  t.false(elsewhere.stderr.includes('secret-word'))
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

test('the database, its log and its backups are for their owner alone', async (t) => {
  const folder = await temporaryFolder(t)
  const [path, file] = [join(folder, 'state.db'), join(folder, 'backup.db')]
  const store = openSqliteStore(path, ids)
  await accepted(store, 'a')
  for (const end of ['', '-wal', '-shm']) t.is(modeOf(path + end), '600', end)
  backUp(path, file)
  t.is(modeOf(file), '600')
  await store.close()
  chmodSync(file, 0o644) // as an earlier release, or a copy from elsewhere, left it
  const { before } = restore(file, path, 1)
  t.is(modeOf(path), '600')
  t.is(modeOf(before ?? ''), '600')
})

test('a database that everybody could read is closed to them at start, one that was opened to a group stays so', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'state.db')
  const modeAfter = async (mode: number): Promise<string> => {
    chmodSync(path, mode)
    await openSqliteStore(path, ids).close()
    return modeOf(path)
  }
  await openSqliteStore(path, ids).close()
  t.is(await modeAfter(0o644), '600')
  t.is(await modeAfter(0o640), '640')
  t.is(await modeAfter(0o660), '660')
})
