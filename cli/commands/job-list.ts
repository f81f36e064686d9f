import { type Command, Option } from 'commander'
import type { JobState } from '../../core/job/job.ts'
import { newCommand } from '../command/new-command.ts'
import {
  type AdminOptions,
  assetId,
  jobId,
  type JsonOption,
  wholeNumber,
  withAdminOptions,
  withJson,
} from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** A record, so that the compiler tells when a state is missing. */
const states: Readonly<Record<JobState, true>> = {
  accepted: true,
  queued: true,
  starting: true,
  running: true,
  storing: true,
  succeeded: true,
  failed: true,
  cancelled: true,
}

interface Options extends AdminOptions, JsonOption {
  readonly asset?: string
  readonly state?: string
  readonly limit: number
  readonly before?: string
}

/** `dsc job list` */
export function jobList(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand('list', 'Lists jobs, newest first', '', [
        { line: 'dsc job list', does: 'the newest' },
        { line: 'dsc job list --state failed --asset word-count', does: 'only the failed ones of an asset' },
        { line: `dsc job list --limit 500 --json | jq -r '.jobs[].id'`, does: 'ids for a script' },
      ])
        .option('--asset <id>', 'only jobs of this asset', assetId)
        .addOption(new Option('--state <state>', 'only jobs in this state').choices(Object.keys(states)))
        .option('--limit <number>', 'how many at most, 1 to 500', wholeNumber(1, 500), 50)
        .option('--before <id>', 'only jobs older than this one; for the next page', jobId),
    ),
  ).action(async (options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { listJobs } = await import('../api/jobs.ts')
    const { asset, state, limit, before } = options
    const page = await listJobs(openAdminApi(context, options), { asset, state, limit, before })
    if (options.json === true) return printJson(context.out, page)
    const { jobTable } = await import('../format/job.ts')
    const any = asset === undefined && state === undefined && before === undefined
    if (page.jobs.length === 0) context.err.write(any ? 'There are no jobs yet.\n' : 'There is no such job.\n')
    context.out.write(jobTable(page.jobs, context.now(), context.out))
    if (page.next !== null) context.err.write(`\nThere may be more: --before ${page.next}\n`)
  })
}
