import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import type { Context } from '../context.ts'

/** `dsc job why` */
export function jobWhy(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'why',
        'Explains in plain words why a job failed or waits',
        'What happened, the last lines of its log, what to do about it, and what happens next. It ends with 0 also for a job that failed.',
        [
          { line: 'dsc job why 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'for a person' },
          {
            line: 'dsc job why 00da1c4b-db63-4498-8365-34c7c3429c3c --json | jq -r .failure.cause',
            does: 'the cause for a script; docs/errors.md lists them all',
          },
        ],
      ).argument('<id>', 'the job’s id', jobId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { explainJob } = await import('../why/explain-job.ts')
    await explainJob(context, id, options)
  })
}
