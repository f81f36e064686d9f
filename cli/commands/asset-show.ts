import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, assetId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly assetVersion?: string
}

/** `dsc asset show` */
export function assetShow(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'show',
        'Shows one version of an asset with everything it says',
        'Without --asset-version it is the one that was registered last, which is what a new transfer gets.',
        [
          { line: 'dsc asset show word-count', does: 'the newest version' },
          {
            line: 'dsc asset show word-count --asset-version 1.0.0 --json',
            does: 'its document and dotenv file for a program',
          },
        ],
      )
        .argument('<id>', 'the asset’s id', assetId)
        .option('--asset-version <version>', 'another version than the newest'),
    ),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { assetDetails, assetVersions } = await import('../api/assets.ts')
    const api = openAdminApi(context, options)
    const { versions } = await assetVersions(api, id)
    const details = await assetDetails(api, id, options.assetVersion ?? versions[0]?.version ?? '')
    if (options.json === true) return printJson(context.out, details)
    const { formatAsset } = await import('../format/asset.ts')
    context.out.write(formatAsset(details, versions, context.now(), context.out))
  })
}
