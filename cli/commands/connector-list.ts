import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { withAdminOptions, withJson } from '../command/options.ts'
import type { ListOptions } from '../connectors/list-connectors.ts'
import type { Context } from '../context.ts'

/** `dsc connector list` */
export function connectorList(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'list',
        'Lists the connectors of the service and what was heard of them',
        'How long ago, since the service was started: the last provision request and event that came, our last call that was answered and that failed, ' +
          'and the last message that was refused. Keys and secrets are not shown. --json has the messages.',
        [
          { line: 'dsc connector list', does: 'those of the service' },
          {
            line: 'dsc connector list --local --file /etc/dataspace-compute/connectors.yaml',
            does: 'those of a connectors file, without the service',
          },
        ],
      )
        .option('--local', 'read the connectors file on this machine instead of asking the service')
        .option(
          '--file <file>',
          'the connectors file for --local (default: as the service: DSC_CONNECTORS_FILE, else connectors.yaml)',
        ),
    ),
  ).action(async (options: ListOptions) => {
    const { listConnectors } = await import('../connectors/list-connectors.ts')
    await listConnectors(context, options)
  })
}
