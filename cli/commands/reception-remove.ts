import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, receptionId, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc reception remove` */
export function receptionRemove(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'remove',
        'Removes the received files of a reception now, whatever their retention',
        'The reception stays in the list; the audit log says what went, and that nothing is left.',
        [{ line: 'dsc reception remove 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'when they are no longer needed' }],
      ).argument('<id>', 'the reception’s id', receptionId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { removeReception } = await import('../api/receptions.ts')
    const shown = await removeReception(openAdminApi(context, options), id)
    if (options.json === true) return printJson(context.out, shown)
    context.out.write(
      shown.removedAt === null
        ? 'The object store did not remove everything yet; the service tries again by itself.\n'
        : 'The files are gone.\n',
    )
  })
}
