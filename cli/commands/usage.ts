import { type Command, Option } from 'commander'
import { usageGroups } from '../../core/usage/query.ts'
import type { UsageQuery } from '../api/usage.ts'
import { newCommand } from '../command/new-command.ts'
import {
  type AdminOptions,
  assetId,
  type JsonOption,
  wholeNumber,
  withAdminOptions,
  withJson,
} from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption, UsageQuery {
  readonly by: string
  readonly records?: true
  readonly limit: number
  readonly after?: string
}

/** `dsc usage` */
export function usage(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'usage',
        'Shows what jobs used: processor, memory, GPU, bytes, by agreement, asset or consumer',
        'Hours are what was asked for times the worker’s time, of every attempt. DELIVERED is what the result gateway gave to consumers.',
        [
          { line: 'dsc usage', does: 'by agreement' },
          { line: 'dsc usage --by consumer --from 2026-11-01 --to 2026-12-01', does: 'one month, by consumer' },
          { line: 'dsc usage --records > usage.ndjson', does: 'every record, for a program that makes bills' },
        ],
      )
        .addOption(new Option('--by <what>', 'what it is summed up by').choices([...usageGroups]).default('agreement'))
        .option('--agreement <id>', 'only jobs under this agreement')
        .option('--asset <id>', 'only jobs of this asset', assetId)
        .option('--consumer <id>', 'only jobs for this participant')
        .option('--from <time>', 'over not before: a date or a time in ISO 8601')
        .option('--to <time>', 'over before')
        .option('--records', 'print the records themselves, a JSON object per line')
        .option('--limit <number>', 'how many groups at most, 1 to 500', wholeNumber(1, 500), 100)
        .option('--after <key>', 'only groups behind this one; for the next page'),
    ),
  ).action(async (options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { sumUsage, usageRecords } = await import('../api/usage.ts')
    const api = openAdminApi(context, options)
    const { agreement, asset, consumer, from, to, by, limit, after } = options
    if (options.records === true) {
      const { printStream } = await import('../command/print-stream.ts')
      return printStream(context.out, await usageRecords(api, { agreement, asset, consumer, from, to }))
    }
    const page = await sumUsage(api, { agreement, asset, consumer, from, to, by, limit, after })
    if (options.json === true) return printJson(context.out, page)
    const { usageTable } = await import('../format/usage.ts')
    if (page.groups.length === 0) context.err.write('Nothing was used.\n')
    context.out.write(usageTable(by, page.groups, context.out))
    if (page.next !== null) context.err.write(`\nThere may be more: --after ${page.next}\n`)
  })
}
