import { join } from 'node:path'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, withAdminOptions } from '../command/options.ts'
import type { Context } from '../context.ts'
import { formatBytes } from '../format/amount.ts'

interface Options extends AdminOptions {
  readonly output: string
  readonly force?: boolean
}

/** `dsc job result` */
export function jobResult(context: Context): Command {
  return withAdminOptions(
    newCommand(
      'result',
      'Fetches the result of a job into a folder',
      'Each file is checked against the result manifest. Files that are there already are kept, unless --force is given.',
      [
        {
          line: 'dsc job result 00da1c4b-db63-4498-8365-34c7c3429c3c --output result',
          does: 'into the folder result, which is made',
        },
      ],
    )
      .argument('<id>', 'the job’s id', jobId)
      .option('-o, --output <folder>', 'where the files go', '.')
      .option('--force', 'replace files that are there'),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { job } = await import('../api/jobs.ts')
    const { isThere, saveFile } = await import('../result/save-result.ts')
    const api = openAdminApi(context, options)
    const { state, result } = await job(api, id)
    if (result === undefined) throw new CliError('not-found', `The job is ${state} and has no result`)
    if (result.removedAt !== null) throw new CliError('not-found', `The result was removed at ${result.removedAt}`)
    for (const { path } of result.files)
      if (options.force !== true && (await isThere(join(options.output, path))))
        throw new CliError('refused', `${join(options.output, path)} exists`, {
          hint: 'Name another folder with --output, or give --force.',
        })
    for (const file of result.files) {
      await saveFile(api, id, file, options.output)
      context.out.write(`${join(options.output, file.path)}  ${formatBytes(file.size)}\n`)
    }
  })
}
