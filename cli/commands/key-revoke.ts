import { type Command, InvalidArgumentError } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc key revoke` */
export function keyRevoke(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'revoke',
        'Revokes a key of the admin API',
        'From then on it opens nothing. There is no way back, but to create another one.',
        [{ line: 'dsc key revoke k7x2m9qa4b', does: 'by its id, which dsc key list shows' }],
      ).argument('<id>', 'the key’s id', keyId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { revokeKey } = await import('../api/keys.ts')
    await revokeKey(openAdminApi(context, options), id)
    if (options.json === true) return printJson(context.out, { id, revoked: true })
    context.out.write(`Key ${id} is ${context.out.style.good('revoked')}.\n`)
  })
}

function keyId(text: string): string {
  if (/^[a-z0-9]{1,32}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the id of a key, not the key itself; dsc key list shows it.')
}
