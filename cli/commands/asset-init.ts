import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly id?: string
  readonly title?: string
}

/** `dsc asset init` */
export function assetInit(context: Context): Command {
  return withJson(
    newCommand(
      'init',
      'Writes a new, working compute asset into a folder',
      'It holds an asset, a dotenv file, a worker, its input, a Dockerfile and a README. Files that are there already are never overwritten.',
      [
        { line: 'dsc asset init mean-temperature', does: 'a folder named as the asset will be' },
        {
          line: 'dsc asset init . --id mean-temperature --title "Mean temperature"',
          does: 'in this folder, under names of its own',
        },
      ],
    )
      .argument('<dir>', 'the folder; it is made where it does not exist')
      .option('--id <id>', 'the asset’s id (default: from the folder’s name)')
      .option('--title <title>', 'its title in the catalogue (default: from the id)'),
  ).action(async (folder: string, options: Options) => {
    const { initAsset } = await import('../asset/init-asset.ts')
    await initAsset(context, folder, options)
  })
}
