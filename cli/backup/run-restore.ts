import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { restore } from '../../entrypoint/stores/sqlite-backup.ts'
import type { Context } from '../context.ts'
import { count } from '../format/amount.ts'
import { failed, sqlitePlace, standardStream } from './sqlite-place.ts'

/** Restores a backup from a file, or from standard input through one beside the database. */
export async function runRestore(context: Context, file: string, settings: string | undefined): Promise<void> {
  const path = sqlitePlace(context, settings)
  const streams = file === standardStream
  const source = streams ? `${path}.restore-${process.pid}` : file
  try {
    if (streams) await pipeline(process.stdin, createWriteStream(source, { mode: 0o600 }))
    const { content, before } = restore(source, path, context.now())
    const kept = before === undefined ? '' : ` What was there before is ${before}.`
    context.out.write(
      `${path} is the backup now: ${count(content.jobs, 'job')}, ${count(content.assets, 'asset version')}.${kept}\n` +
        'Start the service, then run dsc check.\n',
    )
  } catch (error) {
    throw failed('Nothing was restored', error)
  } finally {
    if (streams) await rm(source, { force: true })
  }
}
