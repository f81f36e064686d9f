import { type Command, Option } from 'commander'
import { roles } from '../../core/access/caller.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly name: string
  readonly role: string
  readonly expires: string
}

/** `dsc key create` */
export function keyCreate(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'create',
        'Makes a key for the admin API',
        'The key is printed this once, alone on standard output; the service keeps its hash. Whoever is to use it sets DSC_ADMIN_TOKEN to it, or gives a file with it by --token-file. ' +
          'To change a key, create another one of the same name, put it in place, and revoke the old one: both work meanwhile.',
        [
          { line: 'dsc key create --name ci --role operator --expires 90d > ci.key', does: 'a key for a program' },
          { line: 'dsc key create --name prometheus', does: 'one that only looks' },
        ],
      )
        .requiredOption('--name <name>', 'who uses it: letters, digits, ., _ and -')
        .addOption(new Option('--role <role>', 'what it may do').choices(roles).default('read'))
        .option('--expires <duration>', 'for how long it works, at most 366d', '90d'),
    ),
  ).action(async ({ name, role, expires, ...options }: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { createKey } = await import('../api/keys.ts')
    const { formatTime } = await import('../format/amount.ts')
    const made = await createKey(openAdminApi(context, options), { name, role, expires })
    if (options.json === true) return printJson(context.out, made)
    context.err.write(
      `Key ${made.id} for ${made.name}, role ${made.role}, expires ${formatTime(made.expiresAt, context.now())}. It is shown this once:\n`,
    )
    context.out.write(`${made.key}\n`)
  })
}
