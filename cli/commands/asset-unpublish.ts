import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, assetId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'
import { withConnector } from '../publication/options.ts'

interface Options extends AdminOptions, JsonOption {
  readonly connector: string
  readonly adopt?: true
}

/** `dsc asset unpublish` */
export function assetUnpublish(context: Context): Command {
  return withAdminOptions(
    withJson(
      withConnector(
        newCommand(
          'unpublish',
          'Takes an asset out of the catalogue of a connector',
          'Agreements and transfers that exist go on. A connector keeps an asset that has agreements; that is no error, because it is out of the catalogue.',
          [{ line: 'dsc asset unpublish word-count --connector provider', does: 'and says what the connector keeps' }],
        ).argument('<id>', 'the asset’s id', assetId),
      ).option('--adopt', 'remove also what was not published from here'),
    ),
  ).action(async (id: string, options: Options) => {
    const { unpublishing } = await import('../publication/run.ts')
    await unpublishing(context, id, options)
  })
}
