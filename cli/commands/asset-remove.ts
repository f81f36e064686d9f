import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, assetId, type JsonOption, withAdminOptions, withJson } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions, JsonOption {
  readonly yes?: true
}

/** `dsc asset remove` */
export function assetRemove(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand(
        'remove',
        'Takes every version of an asset off the offer',
        'Only when no job of it is under way. Its bundled files are removed; results of jobs stay for their time. There is no way back but to register it again.',
        [
          { line: 'dsc asset remove word-count', does: 'asks first' },
          { line: 'dsc asset remove word-count --yes', does: 'does not ask' },
        ],
      )
        .argument('<id>', 'the asset’s id', assetId)
        .option('--yes', 'do not ask; needed where nobody can answer'),
    ),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { assetVersions, removeAsset } = await import('../api/assets.ts')
    const { count } = await import('../format/amount.ts')
    const api = openAdminApi(context, options)
    const { versions } = await assetVersions(api, id)
    const what = `${id} (${count(versions.length, 'version')})`
    if (options.yes !== true) await agree(context, what)
    await removeAsset(api, id)
    if (options.json === true) return printJson(context.out, { id, removed: versions.map(({ version }) => version) })
    context.out.write(`${what} is ${context.out.style.good('removed')}.\n`)
  })
}

async function agree({ interactive, err }: Context, what: string): Promise<void> {
  if (!interactive) {
    throw new CliError('usage', `Whether to remove ${what} cannot be asked here`, { hint: 'Say so with --yes.' })
  }
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await reader.question(`Remove ${what}? [y/N] `).finally(() => reader.close())
  if (/^y(es)?$/i.test(answer.trim())) return
  err.write('Nothing was removed.\n')
  throw new CliError('failed', 'Not confirmed')
}
