import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly settings?: string
}

/** `dsc config check` */
export function configCheck(context: Context): Command {
  return withJson(
    newCommand(
      'check',
      'Checks the settings and the connectors file, as the service does at its start',
      'It reads what the service would read here: the environment, the file .env in this folder, and the files that they name. Every mistake is told at once. Nothing is called over the network.',
      [
        { line: 'dsc config check', does: 'what a service started here would have' },
        {
          line: 'dsc config check --settings /etc/dataspace-compute/environment',
          does: 'another dotenv file than .env',
        },
      ],
    ).option('--settings <file>', 'dotenv file with settings (default: .env, where it exists)'),
  ).action(async (options: Options) => {
    const { checkConfig } = await import('../settings/check-config.ts')
    const { settings, connectors } = checkConfig(context, options.settings)
    if (options.json === true)
      return printJson(context.out, { valid: true, connectors: connectors.map(({ id }) => id) })
    const { count } = await import('../format/amount.ts')
    context.out.write(
      `The settings are ${context.out.style.good('valid')}: backend ${settings.DSC_BACKEND}, object store ${settings.DSC_OBJECT_STORE}, ` +
        `${count(connectors.length, 'connector')} (${connectors.map(({ id }) => id).join(', ')}).\n`,
    )
  })
}
