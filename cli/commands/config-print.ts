import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type JsonOption, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends JsonOption {
  readonly settings?: string
}

/** `dsc config print` */
export function configPrint(context: Context): Command {
  return withJson(
    newCommand(
      'print',
      'Prints every setting with its value and where that comes from',
      'Secrets are shown as [hidden]. Durations are in milliseconds.',
      [
        { line: 'dsc config print', does: 'what a service started here would have' },
        {
          line: `dsc config print --json | jq '.settings[] | select(.source != "default")'`,
          does: 'only what somebody set',
        },
      ],
    ).option('--settings <file>', 'dotenv file with settings (default: .env, where it exists)'),
  ).action(async (options: Options) => {
    const { effectiveSettings } = await import('../settings/effective-settings.ts')
    const { readDotenvFile } = await import('../settings/dotenv-file.ts')
    const settings = effectiveSettings(context.environment, readDotenvFile(options.settings))
    if (options.json === true) return printJson(context.out, { settings })
    const { table } = await import('../format/table.ts')
    const rows = settings.map(({ name, value, source }) => [name, value ?? '', source])
    context.out.write(
      table([{ head: 'SETTING' }, { head: 'VALUE', shrinkTo: 16 }, { head: 'FROM' }], rows, context.out),
    )
  })
}
