import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, receptionId, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc reception fetch` */
export function receptionFetch(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'fetch',
        'Has the data of a reception fetched again that failed or was removed',
        'Files that are here already and were verified are not fetched twice. What was pushed is verified again.',
        [{ line: 'dsc reception fetch 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'as long as the transfer lasts' }],
      ).argument('<id>', 'the reception’s id', receptionId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { fetchReception } = await import('../api/receptions.ts')
    const shown = await fetchReception(openAdminApi(context, options), id)
    if (options.json === true) return printJson(context.out, shown)
    context.out.write(`The reception is ${shown.state}. Follow it with: dsc reception show ${id}\n`)
  })
}
