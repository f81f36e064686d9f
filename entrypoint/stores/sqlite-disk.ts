import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../../core/errors.ts'
import type { Store } from '../../core/ports/store.ts'

/** With less room than this on its disk, the store takes nothing more: a job needs some tens of kB. Bytes. */
const leastFree = 1024 * 1024
/** What is written after a write has failed, to see whether there is room again. Bytes. */
const probeBytes = 256 * 1024

/** SQLite's result codes that speak of the file, its disk or its locks, not of the statement (sqlite.org/rescode.html). */
const troubles: ReadonlySet<number> = new Set([
  5, // SQLITE_BUSY: another process holds the file
  6, // SQLITE_LOCKED
  7, // SQLITE_NOMEM
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  11, // SQLITE_CORRUPT
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
  26, // SQLITE_NOTADB
])

/** Whether an error of node:sqlite says that the file cannot be read or written, whatever is asked of it. */
function isTrouble(error: unknown): error is Error {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false
  return troubles.has(error.errcode & 0xff) // the rest tells more closely where it happened
}

/**
 * A store that says plainly when its disk fails: every call then ends with `store-unavailable` (503), and `check` fails until a
 * write has gone well again. Nothing is kept back meanwhile, so it recovers by itself.
 * @param path of the database file
 */
export function watchDisk(database: DatabaseSync, path: string, store: Omit<Store, 'check'>): Store {
  const folder = dirname(path)
  let failed = false
  const watched = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...parameters: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, target, parameters)
        } catch (error) {
          if (!isTrouble(error)) throw error
          failed = true
          const message = 'The database of the service cannot be used right now.'
          throw new ServiceError('store-unavailable', message, { cause: error })
        }
      }
    },
  })
  return {
    ...watched,
    async check() {
      const { bavail, bsize } = await statfs(folder)
      const free = bavail * bsize
      if (free < leastFree) throw new Error(`the disk of ${folder} is full: ${free} bytes are left`)
      try {
        if (failed) writeMuch(database)
        else writeLittle(database)
        failed = false
      } catch (error) {
        if (!isTrouble(error)) throw error
        throw new Error(`the database in ${folder} cannot be written: ${error.message}`, { cause: error })
      }
    },
  }
}

/** Writes one page, with what stands there already: that a file can be read tells nothing of a disk that was made read-only. */
function writeLittle(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  database.exec(`PRAGMA user_version = ${version}`)
}

/** Writes as much as several jobs take, and leaves nothing behind. */
function writeMuch(database: DatabaseSync): void {
  database.exec(`
    DROP TABLE IF EXISTS disk_probe;
    CREATE TABLE disk_probe (filler BLOB);
    INSERT INTO disk_probe VALUES (zeroblob(${probeBytes}));
    DROP TABLE disk_probe;`)
}
