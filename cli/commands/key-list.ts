import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc key list` */
export function keyList(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'list',
        'Lists the keys of the admin API',
        'Also those that have expired or were revoked. The id stands in each key, between its first two underscores. When a key was last used is known to five minutes.',
        [
          { line: 'dsc key list', does: 'a table' },
          {
            line: `dsc key list --json | jq -r '.keys[] | select(.state == "valid") | .id'`,
            does: 'ids of those that work',
          },
        ],
      ),
    ),
  ).action(async (options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { listKeys } = await import('../api/keys.ts')
    const keys = await listKeys(openAdminApi(context, options))
    if (options.json === true) return printJson(context.out, { keys })
    const { keyTable } = await import('../format/key.ts')
    if (keys.length === 0) context.err.write('There is no key. dsc key create makes one.\n')
    context.out.write(keyTable(keys, context.now(), context.out))
  })
}
