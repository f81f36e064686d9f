import { type Command, Option } from 'commander'
import type { ReceptionState } from '../../core/reception/reception.ts'
import { newCommand } from '../command/new-command.ts'
import {
  type AdminOptions,
  type JsonOption,
  receptionId,
  wholeNumber,
  withAdminOptions,
  withJson,
} from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'

/** A record, so that the compiler tells when a state is missing. */
const states: Readonly<Record<ReceptionState, true>> = {
  awaited: true,
  fetching: true,
  verifying: true,
  received: true,
  failed: true,
  removed: true,
}

interface Options extends AdminOptions, JsonOption {
  readonly connector?: string
  readonly process?: string
  readonly state?: string
  readonly limit: number
  readonly before?: string
}

/** `dsc reception list` */
export function receptionList(context: Context): Command {
  return withAdminOptions(
    withJson(
      newCommand('list', 'Lists what is received from other providers, newest first', '', [
        { line: 'dsc reception list', does: 'the newest' },
        { line: 'dsc reception list --state failed', does: 'what could not be received' },
        {
          line: 'dsc reception list --process 4f0c7f2a-1c0e-4a39-8f5d-2b7f8f6f2f10',
          does: 'what a transfer process of the connector receives',
        },
      ])
        .option('--connector <id>', 'only receptions of this connector')
        .option('--process <id>', 'only the reception of this transfer process')
        .addOption(new Option('--state <state>', 'only receptions in this state').choices(Object.keys(states)))
        .option('--limit <number>', 'how many at most, 1 to 500', wholeNumber(1, 500), 50)
        .option('--before <id>', 'only receptions older than this one; for the next page', receptionId),
    ),
  ).action(async (options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { listReceptions } = await import('../api/receptions.ts')
    const { connector, process, state, limit, before } = options
    const page = await listReceptions(openAdminApi(context, options), { connector, process, state, limit, before })
    if (options.json === true) return printJson(context.out, page)
    const { receptionTable } = await import('../format/reception.ts')
    const any = [connector, process, state, before].every((one) => one === undefined)
    if (page.receptions.length === 0)
      context.err.write(any ? 'Nothing is received yet.\n' : 'There is no such reception.\n')
    context.out.write(receptionTable(page.receptions, context.now(), context.out))
    if (page.next !== null) context.err.write(`\nThere may be more: --before ${page.next}\n`)
  })
}
