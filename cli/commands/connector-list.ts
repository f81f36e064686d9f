import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly file?: string
}

/** `dsc connector list` */
export function connectorList(context: Context): Command {
  return withJson(
    newCommand(
      'list',
      'Lists the connectors of the connectors file',
      'It reads the file on this machine, not the service. Keys and secrets are not shown.',
      [
        { line: 'dsc connector list', does: 'those of DSC_CONNECTORS_FILE, else connectors.yaml' },
        { line: 'dsc connector list --file /etc/dataspace-compute/connectors.yaml', does: 'those of another file' },
      ],
    ).option(
      '--file <file>',
      'the connectors file (default: as the service: DSC_CONNECTORS_FILE, else connectors.yaml)',
    ),
  ).action(async (options: Options) => {
    const { listConnectors } = await import('../connectors/list-connectors.ts')
    listConnectors(context, options)
  })
}
