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

/** `dsc job cancel` */
export function jobCancel(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'cancel',
        'Ends a job that is under way, and its transfer',
        'The worker gets SIGTERM and some seconds; its log stays. The connector is told the reason.',
        [
          {
            line: 'dsc job cancel 00da1c4b-db63-4498-8365-34c7c3429c3c --reason "maintenance until noon"',
            does: 'with a reason that the connector’s operator understands',
          },
        ],
      )
        .argument('<id>', 'the job’s id', jobId)
        .option('--reason <text>', 'why, for the connector', reason, 'ended by the operator'),
    ),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { cancelJob } = await import('../api/jobs.ts')
    const job = await cancelJob(openAdminApi(context, options), id, options.reason)
    if (options.json === true) return printJson(context.out, job)
    context.out.write(
      `The job is ${context.out.style.warning(job.state)}. Its transfer is ended with the same reason.\n`,
    )
  })
}

function reason(text: string): string {
  if (text.trim() !== '' && text.length <= longestReason) return text.trim()
  throw new InvalidArgumentError(`Expected 1 to ${longestReason} characters.`)
}
