import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly file?: string
}

/** `dsc connector check` */
export function connectorCheck(context: Context): Command {
  return withJson(
    newCommand(
      'check',
      'Checks from this machine that connectors answer and take our key',
      'For each fault it says how to mend it. Run it where the service runs: another machine may see another network. ' +
        'What a connector is set up to send us cannot be seen from here.',
      [
        { line: 'dsc connector check', does: 'every connector of the connectors file' },
        { line: 'dsc connector check provider --json', does: 'one of them, for a program' },
      ],
    )
      .argument('[ids...]', 'connectors by id (default: all)')
      .option(
        '--file <file>',
        'the connectors file (default: as the service: DSC_CONNECTORS_FILE, else connectors.yaml)',
      ),
  ).action(async (ids: string[], options: Options) => {
    const { checkConnectors } = await import('../connectors/check-connectors.ts')
    await checkConnectors(context, ids, options)
  })
}
