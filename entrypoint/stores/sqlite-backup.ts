import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { newestSchema } from './migrations.ts'
import { closeToOthers, makePrivate } from './private-file.ts'

/** What a backup holds. */
export interface BackupContent {
  /** Version of the database's schema. */
  readonly schema: number
  readonly assets: number
  readonly jobs: number
  readonly bytes: number
}

/** How long jobs wait after a restore, so that every transfer is looked at first: what its connector ended since is not run again. Milliseconds. */
export const restoredJobsMs = 60_000

/**
 * Writes a consistent copy of a SQLite database to a file while the service uses it: one moment of it, whole, on disk when this
 * returns. A copy made with `cp` is none: what was written last lies in the write-ahead log beside it. Only its owner may read it.
 * @param path of the database
 * @param file must not exist yet
 * @throws where the database or the file cannot be used
 */
export function backUp(path: string, file: string): BackupContent {
  if (existsSync(file)) throw new Error(`${file} exists`)
  const part = `${file}.part`
  rmSync(part, { force: true })
  try {
    const database = open(path)
    try {
      makePrivate(part)
      database.prepare('VACUUM INTO ?').run(part)
    } finally {
      database.close()
    }
    const content = inspect(part)
    moveDurably(part, file)
    return content
  } finally {
    rmSync(part, { force: true })
  }
}

/**
 * Puts a backup in the place of the database. What was there before is kept beside it.
 * @param path of the database; nobody may use it
 * @param now milliseconds since 1970
 * @returns where the database of before lies now, `undefined` where there was none
 * @throws where the backup is damaged or of a newer release, or somebody uses the database; nothing was changed then
 */
export function restore(
  file: string,
  path: string,
  now: number,
): { readonly content: BackupContent; readonly before: string | undefined } {
  const content = inspect(file)
  if (content.schema > newestSchema) {
    throw new Error(
      `${file} has schema version ${content.schema}, this release knows ${newestSchema}. Restore it with the release that wrote it, or a newer one.`,
    )
  }
  const part = `${path}.part`
  try {
    copyFileSync(file, part)
    closeToOthers(part)
    prepare(part, now)
    const before = existsSync(path) ? `${path}.${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}` : undefined
    if (before !== undefined) {
      takeOver(path)
      for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, before + end)
    }
    moveDurably(part, path)
    return { content, before }
  } finally {
    for (const left of [part, `${part}-journal`]) rmSync(left, { force: true })
  }
}

function open(path: string): DatabaseSync {
  if (!existsSync(path)) throw new Error(`there is no database ${path}`)
  return new DatabaseSync(path, { timeout: 5_000 })
}

/** Looks whether a file is a whole database of this service. */
function inspect(file: string): BackupContent {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const [first] = database.prepare('PRAGMA integrity_check').all()
    if (first?.['integrity_check'] !== 'ok')
      throw new Error(`${file} is damaged: ${String(first?.['integrity_check'])}`)
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('assets', 'jobs', 'work')").all()
    if (tables.length !== 3) throw new Error(`${file} is no database of this service`)
    const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
    return {
      schema: Number(database.prepare('PRAGMA user_version').get()?.['user_version']),
      assets: count('assets'),
      jobs: count('jobs'),
      bytes: statSync(file).size,
    }
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === notADatabase)
      throw new Error(`${file} is no SQLite database`, { cause: error })
    throw error
  } finally {
    database.close()
  }
}

/** Frees the leases of a process that is not there any more, and has transfers looked at before jobs. */
function prepare(file: string, now: number): void {
  const database = new DatabaseSync(file)
  try {
    database
      .prepare(`
        UPDATE work SET lease = NULL, lease_until = NULL, woken = 0,
          due_at = CASE kind WHEN 'transfer' THEN 0 WHEN 'job' THEN max(due_at, ?) ELSE due_at END`)
      .run(now + restoredJobsMs)
  } finally {
    database.close()
  }
}

/** Sees to it that nobody has the database open, and brings what lies in its write-ahead log into it. A damaged one stays as it is. */
function takeOver(path: string): void {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT;')
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    if (code === busy) throw new Error(`${path} is in use: stop the service first`, { cause: error })
    if (code !== corrupt && code !== notADatabase) throw error
  } finally {
    database.close()
  }
}

/** SQLite's result codes (sqlite.org/rescode.html). */
const [busy, corrupt, notADatabase] = [5, 11, 26]

/** Gives a file its name once its bytes are on disk. */
function moveDurably(from: string, to: string): void {
  sync(from)
  renameSync(from, to)
  sync(dirname(to))
}

function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
