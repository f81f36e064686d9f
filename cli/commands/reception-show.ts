import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, receptionId, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc reception show` */
export function receptionShow(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand('show', 'Shows one reception: from whom, where it stands, its files or why it failed', '', [
        { line: 'dsc reception show 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'a page' },
        { line: 'dsc reception show 00da1c4b-db63-4498-8365-34c7c3429c3c --json', does: 'the same for a program' },
      ]).argument('<id>', 'the reception’s id', receptionId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { reception } = await import('../api/receptions.ts')
    const shown = await reception(openAdminApi(context, options), id)
    if (options.json === true) return printJson(context.out, shown)
    const { formatReception } = await import('../format/reception.ts')
    context.out.write(formatReception(shown, context.now(), context.out))
  })
}
