import type { Command } from 'commander'
import type { AuditFilter } from '../api/audit.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, withAdminOptions } from '../command/options.ts'
import type { Context } from '../context.ts'
import { withAuditFilter } from './audit-list.ts'

/** `dsc audit export` */
export function auditExport(context: Context): Command {
  return withAdminOptions(
    withAuditFilter(
      newCommand(
        'export',
        'Prints the audit log, oldest first, a JSON object per line',
        'Each line is the entry as it was hashed, with its hash at the end. An export is an entry of the log, too.',
        [
          { line: 'dsc audit export > audit.ndjson', does: 'all of it' },
          { line: 'dsc audit export --from 2026-11-01 --to 2026-12-01 > november.ndjson', does: 'one month' },
        ],
      ),
    ),
  ).action(async (options: AdminOptions & AuditFilter) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { exportAudit } = await import('../api/audit.ts')
    const { printStream } = await import('../command/print-stream.ts')
    const { action, actor, kind, object, from, to } = options
    const api = openAdminApi(context, options)
    await printStream(context.out, await exportAudit(api, { action, actor, kind, object, from, to }))
  })
}
