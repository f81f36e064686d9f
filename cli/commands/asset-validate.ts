import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly production?: true
}

/** `dsc asset validate` */
export function assetValidate(context: Context): Command {
  return withJson(
    newCommand(
      'validate',
      'Checks an asset and the files it names, without a service',
      'Everything that is wrong is told at once, with file and line. The rules are those by which a service of this version judges.',
      [
        { line: 'dsc asset validate word-count', does: 'the asset in a folder' },
        {
          line: 'dsc asset validate word-count/asset.yaml --production',
          does: 'as a service outside of development judges it',
        },
      ],
    )
      .argument('<path>', 'a folder with an asset.yaml, or the file itself')
      .option('--production', 'refuse images that are named by a tag, as services do unless DSC_ALLOW_IMAGE_TAGS=true'),
  ).action(async (path: string, options: Options) => {
    const { validateAsset } = await import('../asset/validate-asset.ts')
    await validateAsset(context, path, options)
  })
}
