import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { assetId, withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'
import { type PublicationOptions, withPublicationOptions } from '../publication/options.ts'

/** `dsc asset diff` */
export function assetDiff(context: Context): Command {
  return withAdminOptions(
    withJson(
      withPublicationOptions(
        newCommand(
          'diff',
          'Shows how a connector’s offer differs from the asset',
          'Field by field: what the connector has, and what `dsc asset publish` with the same options would write. It exits with 7 where something differs.',
          [
            { line: 'dsc asset diff word-count --connector provider', does: 'against the newest version' },
            {
              line: 'dsc asset diff word-count --connector provider --json',
              does: 'for a program; the exit code is the same',
            },
          ],
        ).argument('<id>', 'the asset’s id', assetId),
      ),
    ),
  ).action(async (id: string, options: PublicationOptions) => {
    const { comparing } = await import('../publication/run.ts')
    await comparing(context, id, options)
  })
}
