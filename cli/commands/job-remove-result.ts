import { type Command, InvalidArgumentError } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly reason: string
}

/** Longest reason that the service takes, in characters. */
const longestReason = 500

/** `dsc job remove-result` */
export function jobRemoveResult(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'remove-result',
        'Removes the result of a job now, whatever its retention',
        'Also while its transfer is open: the consumer gets 410 then. Every version of its objects goes; the audit log says what went, and that nothing is left. Logs stay.',
        [
          {
            line: 'dsc job remove-result 00da1c4b-db63-4498-8365-34c7c3429c3c --reason "asked for by the consumer"',
            does: 'with a reason for the audit log',
          },
        ],
      )
        .argument('<id>', 'the job’s id', jobId)
        .option('--reason <text>', 'why, for the audit log', reason, 'by the operator'),
    ),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { removeResult } = await import('../api/jobs.ts')
    const job = await removeResult(openAdminApi(context, options), id, options.reason)
    if (options.json === true) return printJson(context.out, job)
    const removedAt = job.result?.removedAt ?? null
    context.out.write(
      removedAt === null
        ? 'The object store did not remove everything yet; the service tries again by itself.\n'
        : 'The result is gone.\n',
    )
  })
}

function reason(text: string): string {
  if (text.trim() !== '' && text.length <= longestReason) return text.trim()
  throw new InvalidArgumentError(`Expected 1 to ${longestReason} characters.`)
}
