import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc asset list` */
export function assetList(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand('list', 'Lists every version of every registered asset', '', [
        { line: 'dsc asset list', does: 'a table' },
        { line: `dsc asset list --json | jq -r '.assets[].id'`, does: 'ids for a script' },
      ]),
    ),
  ).action(async (options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { listAssets } = await import('../api/assets.ts')
    const assets = await listAssets(openAdminApi(context, options))
    if (options.json === true) return printJson(context.out, { assets })
    const { assetTable } = await import('../format/asset.ts')
    if (assets.length === 0) context.err.write('No asset is registered. dsc asset register <dir> registers one.\n')
    context.out.write(assetTable(assets, context.now(), context.out))
  })
}
