import { type Command, Option } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, wholeNumber, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { AuditFilter } from '../api/audit.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption, AuditFilter {
  readonly limit: number
  readonly before?: number
}

const kinds = ['asset', 'job', 'result', 'transfer', 'offer', 'key', 'request', 'log']

/** Adds the options that say which entries are wanted. */
export function withAuditFilter(command: Command): Command {
  return command
    .option('--action <action>', 'only entries of this action, such as job.cancelled')
    .option('--actor <actor>', 'only what this actor did: operator, connector:provider, nobody …')
    .addOption(new Option('--kind <kind>', 'only entries about things of this kind').choices(kinds))
    .option('--object <id>', 'only entries about the thing of this id; of a job also what belongs to it')
    .option('--from <time>', 'not before: a date or a time in ISO 8601')
    .option('--to <time>', 'before')
}

/** `dsc audit list` */
export function auditList(context: Context): Command {
  return withAdminOptions(
    withJson(
      withAuditFilter(
        newCommand('list', 'Shows who did what, newest first', '', [
          { line: 'dsc audit list', does: 'the newest' },
          { line: 'dsc audit list --object 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'all about one job' },
          { line: 'dsc audit list --actor nobody --from 2026-11-21', does: 'who was refused since that day' },
        ]),
      )
        .option('--limit <number>', 'how many at most, 1 to 500', wholeNumber(1, 500), 50)
        .option('--before <number>', 'only entries older than this one; for the next page', wholeNumber(1, 1e15)),
    ),
  ).action(async (options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { listAudit } = await import('../api/audit.ts')
    const { action, actor, kind, object, from, to, limit, before } = options
    const api = openAdminApi(context, options)
    const page = await listAudit(api, { action, actor, kind, object, from, to, limit, before })
    if (options.json === true) return printJson(context.out, page)
    const { auditTable } = await import('../format/audit.ts')
    if (page.entries.length === 0) context.err.write('There is no such entry.\n')
    context.out.write(auditTable(page.entries, context.out))
    if (page.next !== null) context.err.write(`\nThere may be more: --before ${page.next}\n`)
  })
}
