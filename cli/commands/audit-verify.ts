import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

interface Options extends AdminOptions, JsonOption {
  readonly file?: string
}

/** `dsc audit verify` */
export function auditVerify(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'verify',
        'Checks that the audit log is as it was written',
        'The service walks its log: every entry must follow the one before, and every anchor in the object store must lie in it. ' +
          'Write down the hash that is printed, and compare it later: who can change database and object store can make the log anew. ' +
          'With --file an export is checked on this machine.',
        [
          { line: 'dsc audit verify', does: 'the service’s log' },
          { line: 'dsc audit verify --file audit.ndjson', does: 'an export, without the service' },
        ],
      ).option('--file <file>', 'check this export instead'),
    ),
  ).action(async (options: Options) => {
    const report = await (options.file === undefined ? fromService(context, options) : fromFile(options.file))
    if (!report.intact) context.exitWith(exitCodes.failed.code)
    if (options.json === true) return printJson(context.out, report)
    const { logReport } = await import('../format/audit.ts')
    context.out.write(logReport(report, context.out))
  })
}

async function fromService(context: Context, options: Options) {
  const { openAdminApi } = await import('../api/open.ts')
  const { verifyAudit } = await import('../api/audit.ts')
  return verifyAudit(openAdminApi(context, options))
}

async function fromFile(file: string) {
  const { verifyFile } = await import('../audit/verify-file.ts')
  return verifyFile(file)
}
