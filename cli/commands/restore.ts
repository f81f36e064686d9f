import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import type { Context } from '../context.ts'

/** `dsc restore` */
export function restore(context: Context): Command {
  return newCommand(
    'restore',
    'Puts a backup in the place of the SQLite database',
    'Stop the service before: the command refuses where somebody uses the database. The backup is looked through first; the database that was there is kept beside it. ' +
      'When the service is started again, it looks at every transfer before it starts a job: what ended since the backup is not run again. Then run dsc check.',
    [
      { line: 'dsc restore /backup/state-2026-11-21.db', does: 'from a file, which stays as it is' },
      { line: 'dsc restore - < state.db', does: 'from standard input: into a pod' },
    ],
  )
    .argument('<file>', 'the backup; - is standard input')
    .option('--settings <file>', 'dotenv file with settings (default: .env, where it exists)')
    .action(async (file: string, options: { readonly settings?: string }) => {
      const { runRestore } = await import('../backup/run-restore.ts')
      await runRestore(context, file, options.settings)
    })
}
