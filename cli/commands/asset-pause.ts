import type { Command } from 'commander'
import { type Example, newCommand } from '../command/new-command.ts'
import { type AdminOptions, assetId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc asset pause` */
export function assetPause(context: Context): Command {
  return offering(
    context,
    'pause',
    'Gives an asset no new jobs until it is resumed',
    'Jobs that it has go on. A transfer that starts meanwhile is refused; negotiations and the catalogue belong to the connector and do not notice.',
    [{ line: 'dsc asset pause word-count', does: 'every version of it' }],
  )
}

/** `dsc asset resume` */
export function assetResume(context: Context): Command {
  return offering(context, 'resume', 'Lets a paused asset have new jobs again', '', [
    { line: 'dsc asset resume word-count', does: 'every version of it' },
  ])
}

function offering(
  context: Context,
  action: 'pause' | 'resume',
  summary: string,
  more: string,
  examples: readonly Example[],
): Command {
  const command = newCommand(action, summary, more, examples).argument('<id>', 'the asset’s id', assetId)
  return withAdminOptions(withJson(command)).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { offerAsset } = await import('../api/assets.ts')
    const answer = await offerAsset(openAdminApi(context, options), id, action)
    if (options.json === true) return printJson(context.out, answer)
    const { style } = context.out
    context.out.write(`${id} is ${action === 'pause' ? style.warning('paused') : style.good('offered again')}.\n`)
  })
}
