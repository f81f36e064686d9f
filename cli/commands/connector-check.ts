import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { withAdminOptions, withJson } from '../command/options.ts'
import type { CheckOptions } from '../connectors/check-connectors.ts'
import type { Context } from '../context.ts'

/** `dsc connector check` */
export function connectorCheck(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'check',
        'Checks connectors: address, key, provisioner, events, and says how to mend each fault',
        'The service does it, from its network and with its keys. A connector shows its configuration to nobody, so whether provisioner and events are set up ' +
          'is told by what came of it. Where nothing came yet, --probe tells for sure: the connector makes a transfer with itself, of an asset that only exists for that. ' +
          'The asset, without an offer, its agreement and the ended transfers stay in the connector; a next probe uses them again. ' +
          'It ends with 1 where a check failed; a warning or what could not be seen is no fault.',
        [
          { line: 'dsc connector check', does: 'every connector of the service' },
          {
            line: 'dsc connector check provider --probe http://localhost:19194/protocol',
            does: 'one of them for sure; the address is its edc.dsp.callback.address',
          },
          {
            line: 'dsc connector check provider --show-secrets',
            does: 'with lines to paste into the connector’s configuration, secret and all',
          },
          { line: 'dsc connector check --local', does: 'address and key from this machine, without the service' },
        ],
      )
        .argument('[ids...]', 'connectors by id (default: all)')
        .option('--probe <address>', 'have the connector make a transfer with itself at its protocol address')
        .option('--show-secrets', 'print secrets in the lines to write, from the connectors file on this machine')
        .option('--local', 'check from this machine with its connectors file, without the service')
        .option(
          '--file <file>',
          'the connectors file for --local and --show-secrets (default: as the service: DSC_CONNECTORS_FILE, else connectors.yaml)',
        ),
    ),
  ).action(async (ids: string[], options: CheckOptions) => {
    const { checkConnectors } = await import('../connectors/check-connectors.ts')
    await checkConnectors(context, ids, options)
  })
}
