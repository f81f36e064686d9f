import type { Command } from 'commander'
import type { CheckAllOptions } from '../check/run-check.ts'
import { newCommand } from '../command/new-command.ts'
import { withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

/** `dsc check` */
export function checkCommand(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'check',
        'Checks that store, backend and object store belong together, and says what does not',
        'The service reads everything there is and changes nothing: every job is looked at again, every object on the backend and in the object store belongs to something on record, ' +
          'every registered result and everything received is whole, every limit holds. What looks wrong is looked at again twice, over some twenty seconds, so that work under way is no finding. ' +
          'Run it after a restore, and whenever something went wrong. It ends with 1 where it finds something.',
        [
          { line: 'dsc check', does: 'record, backend, and what lies in the object store by names and sizes' },
          {
            line: 'dsc check --digests --connectors',
            does: 'every byte of every result and reception, too, and what the connectors say of their transfers',
          },
          { line: "dsc check --json | jq -r '.findings[].message'", does: 'the findings for a script' },
        ],
      )
        .option('--digests', 'read every byte of every result and reception and compare its SHA-256')
        .option('--connectors', 'ask the connectors about transfers that are open or ended today'),
    ),
  ).action(async (options: CheckAllOptions) => {
    const { runCheck } = await import('../check/run-check.ts')
    await runCheck(context, options)
  })
}
