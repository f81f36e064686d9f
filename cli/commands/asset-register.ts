import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly replace?: true
}

/** `dsc asset register` */
export function assetRegister(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'register',
        'Registers an asset with its dotenv file and bundled files',
        'The asset is checked first, as by `dsc asset validate`. Files are streamed; long uploads show how far they are. ' +
          'A new transfer gets the version that was registered last.',
        [
          { line: 'dsc asset register word-count', does: 'a new version' },
          {
            line: 'dsc asset register word-count --replace',
            does: 'in place of the same version, while no job has used it',
          },
        ],
      )
        .argument('<path>', 'a folder with an asset.yaml, or the file itself')
        .option('--replace', 'replace this version, which no job may have used; register it where it is not there'),
    ),
  ).action(async (path: string, options: Options) => {
    const { sendAsset } = await import('../asset/send-asset.ts')
    await sendAsset(context, path, options)
  })
}
