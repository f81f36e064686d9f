import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly newest?: boolean
}

/** `dsc job retry` */
export function jobRetry(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'retry',
        'Has a job run again that failed or was cancelled',
        'The new job has the old one’s parameters. Where the transfer is still open, because the asset reports failures, its result appears at the consumer’s address. ' +
          'Otherwise the new job is the operator’s own: nobody is told of its end, and its result is kept for the asset’s retention.',
        [
          { line: 'dsc job retry 00da1c4b-db63-4498-8365-34c7c3429c3c', does: 'with the version that the job had' },
          {
            line: 'dsc job retry 00da1c4b-db63-4498-8365-34c7c3429c3c --newest',
            does: 'with the newest version, once the asset was mended and registered again',
          },
        ],
      )
        .argument('<id>', 'the job’s id', jobId)
        .option('--newest', 'run the newest version of the asset instead of the one that the job had'),
    ),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { retryJob } = await import('../api/jobs.ts')
    const job = await retryJob(openAdminApi(context, options), id, options.newest === true ? 'newest' : 'same')
    if (options.json === true) return printJson(context.out, job)
    const whose =
      job.origin.kind === 'transfer'
        ? 'It takes the old one’s place: the consumer finds its result at the address that the transfer has.'
        : 'It is yours alone: the transfer of the old one is over, so nobody is told of its end.'
    context.out.write(
      `The job runs again as ${context.out.style.bold(job.id)}, version ${job.assetVersion ?? ''}. ${whose}\n`,
    )
  })
}
