import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { assetId, withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'
import { type PublicationOptions, withPublicationOptions } from '../publication/options.ts'

interface Options extends PublicationOptions {
  readonly dryRun?: true
}

/** `dsc asset publish` */
export function assetPublish(context: Context): Command {
  return withAdminOptions(
    withJson(
      withPublicationOptions(
        newCommand(
          'publish',
          'Offers an asset in the catalogue of a connector',
          'It writes asset, policies and contract definition through the connector’s Management API; repeated, it writes only what differs. ' +
            'Without policies a first publication is open to every participant, and a later one keeps those that it has.',
          [
            { line: 'dsc asset publish word-count --connector provider', does: 'open to every participant, at first' },
            {
              line: 'dsc asset publish word-count --connector provider --access-policy members.json --contract-policy id:fair-use',
              does: 'for some, under a policy that the connector has',
            },
            {
              line: 'dsc asset publish word-count --connector provider --dry-run',
              does: 'only shows what would be written, as dsc asset diff does',
            },
          ],
        ).argument('<id>', 'the asset’s id', assetId),
      ).option('--dry-run', 'write nothing; print and exit as dsc asset diff'),
    ),
  ).action(async (id: string, options: Options) => {
    const { comparing, publishing } = await import('../publication/run.ts')
    await (options.dryRun === true ? comparing : publishing)(context, id, options)
  })
}
