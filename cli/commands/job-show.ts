import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** `dsc job show` */
export function jobShow(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand('show', 'Shows one job: for whom, its attempts, its result or failure', '', [
        { line: 'dsc job show 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'a page' },
        { line: 'dsc job show 00da1c4b-db63-4498-8365-34c7c3429c3c --json', does: 'the same for a program' },
      ]).argument('<id>', 'the job’s id', jobId),
    ),
  ).action(async (id: string, options: AdminOptions & JsonOption) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { job } = await import('../api/jobs.ts')
    const shown = await job(openAdminApi(context, options), id)
    if (options.json === true) return printJson(context.out, shown)
    const { formatJob } = await import('../format/job.ts')
    context.out.write(formatJob(shown, context.now(), context.out))
  })
}
