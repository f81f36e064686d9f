import { databasePlace } from '../../config/cli.ts'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { readDotenvFile } from '../settings/dotenv-file.ts'

/** Stands for standard output or input. */
export const standardStream = '-'

/**
 * Path of the service's SQLite database.
 * @throws CliError `refused` where its state is in PostgreSQL
 */
export function sqlitePlace(context: Context, settings: string | undefined): string {
  const place = databasePlace(context.environment, readDotenvFile(settings))
  if (place.kind === 'sqlite') return place.path
  throw new CliError('refused', 'The state of this service is in PostgreSQL (DSC_DATABASE_URL)', {
    hint: 'Use pg_dump and pg_restore: the operations page has the commands.',
  })
}

/** What went wrong with a file, as an end of the command. */
export function failed(title: string, error: unknown): CliError {
  return new CliError('failed', title, { detail: error instanceof Error ? error.message : String(error), cause: error })
}
