import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { backUp } from '../../entrypoint/stores/sqlite-backup.ts'
import type { Context } from '../context.ts'
import { count, formatBytes } from '../format/amount.ts'
import { failed, sqlitePlace, standardStream } from './sqlite-place.ts'

/** Writes a backup to a file, or through one beside the database to standard output. */
export async function runBackup(context: Context, file: string, settings: string | undefined): Promise<void> {
  const path = sqlitePlace(context, settings)
  const streams = file === standardStream
  const target = streams ? `${path}.backup-${process.pid}` : file
  try {
    const { jobs, assets, bytes, schema } = backUp(path, target)
    if (streams) await pipeline(createReadStream(target), process.stdout, { end: false })
    const what = `${count(jobs, 'job')}, ${count(assets, 'asset version')}, ${formatBytes(bytes)}, schema ${schema}`
    ;(streams ? context.err : context.out).write(`Backup ${streams ? 'written' : `in ${file}`}: ${what}.\n`)
  } catch (error) {
    throw failed('There is no backup', error)
  } finally {
    if (streams) await rm(target, { force: true })
  }
}
