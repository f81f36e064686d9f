import { join } from 'node:path'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, receptionId, withAdminOptions } from '../command/options.ts'
import type { Context } from '../context.ts'
import { formatBytes } from '../format/amount.ts'

interface Options extends AdminOptions {
  readonly output: string
  readonly force?: boolean
}

/** `dsc reception save` */
export function receptionSave(context: Context): Command {
  return withAdminOptions(
    newCommand(
      'save',
      'Copies the received files of a reception into a folder',
      'Each file is checked against its digest. Files that are there already are kept, unless --force is given.',
      [
        {
          line: 'dsc reception save 00da1c4b-db63-4498-8365-34c7c3429c3c --output data',
          does: 'into the folder data, which is made',
        },
      ],
    )
      .argument('<id>', 'the reception’s id', receptionId)
      .option('-o, --output <folder>', 'where the files go', '.')
      .option('--force', 'replace files that are there'),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { receivedFile, reception } = await import('../api/receptions.ts')
    const { isThere, saveStream } = await import('../result/save-result.ts')
    const api = openAdminApi(context, options)
    const { state, content } = await reception(api, id)
    if (content === null || state !== 'received')
      throw new CliError('not-found', `The reception is ${state} and has no files`)
    for (const { path } of content.files)
      if (options.force !== true && (await isThere(join(options.output, path))))
        throw new CliError('refused', `${join(options.output, path)} exists`, {
          hint: 'Name another folder with --output, or give --force.',
        })
    for (const file of content.files) {
      await saveStream(await receivedFile(api, id, file.path), file, options.output)
      context.out.write(`${join(options.output, file.path)}  ${formatBytes(file.size)}\n`)
    }
  })
}
