import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import type { Context } from '../context.ts'

/** `dsc backup` */
export function backup(context: Context): Command {
  return newCommand(
    'backup',
    'Writes a backup of the SQLite database while the service runs',
    'It runs where the database is, reads DSC_DATABASE as the service does, and calls nothing over the network. The backup is one moment of the database, whole, ' +
      'looked through and on disk when the command ends. A copy of the file is no backup: what was written last lies beside it. PostgreSQL is backed up by its own means (pg_dump).',
    [
      { line: 'dsc backup /backup/state-2026-11-21.db', does: 'into a file that is not there yet' },
      {
        line: 'dsc backup - > state.db',
        does: 'to standard output; with `kubectl exec deployment/dataspace-compute --` in front from a pod to here',
      },
    ],
  )
    .argument('<file>', 'where it goes; - is standard output')
    .option('--settings <file>', 'dotenv file with settings (default: .env, where it exists)')
    .action(async (file: string, options: { readonly settings?: string }) => {
      const { runBackup } = await import('../backup/run-backup.ts')
      await runBackup(context, file, options.settings)
    })
}
