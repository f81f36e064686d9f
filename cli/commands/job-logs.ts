import { type Command, Option } from 'commander'
import { containers } from '../../core/ports/backend.ts'
import { newCommand } from '../command/new-command.ts'
import { type AdminOptions, jobId, wholeNumber, withAdminOptions } from '../command/options.ts'
import type { Context } from '../context.ts'

interface Options extends AdminOptions {
  readonly follow?: true
  readonly container: string
  readonly attempt?: number
}

/** The choice that means every container. */
const everyContainer = 'all'

/** `dsc job logs` */
export function jobLogs(context: Context): Command {
  return withAdminOptions(
    newCommand(
      'logs',
      'Prints the log of a job’s container',
      'It can be read while the job runs and after it ended; at most its last MiB is there. On a terminal, what could control it is left out. ' +
        'With --follow it goes on through further attempts until the job is over, and ends with 0 however the job ended.',
      [
        {
          line: 'dsc job logs 00da1c4b-db63-4498-8365-34c7c3429c3c',
          does: 'what the worker wrote in the newest attempt',
        },
        { line: 'dsc job logs 00da1c4b-db63-4498-8365-34c7c3429c3c -f', does: 'follows it until the job is over' },
        {
          line: 'dsc job logs 00da1c4b-db63-4498-8365-34c7c3429c3c -f --container all',
          does: 'follows what is fetched, computed and uploaded',
        },
        {
          line: 'dsc job logs 00da1c4b-db63-4498-8365-34c7c3429c3c --container fetch --attempt 1',
          does: 'what the data sidecar said when it fetched the inputs of the first attempt',
        },
      ],
    )
      .argument('<id>', 'the job’s id', jobId)
      .option('-f, --follow', 'go on until the job is over')
      .addOption(
        new Option('--container <name>', 'whose log; all: of each, one after the other')
          .choices([...containers, everyContainer])
          .default('worker'),
      )
      .option('--attempt <number>', 'which attempt (default: the newest)', wholeNumber(1, 1000)),
  ).action(async (id: string, options: Options) => {
    const { openAdminApi } = await import('../api/open.ts')
    const { clean } = await import('../format/clean.ts')
    const { out, err } = context
    const print = (text: string): void => out.write(out.width === undefined ? text : clean(text))
    const note = (message: string): void => err.write(`${err.style.dim(`— ${message}`)}\n`)
    const api = openAdminApi(context, options)
    const wanted = options.container === everyContainer ? containers : [options.container]
    const which = { containers: wanted, attempt: options.attempt }
    if (options.follow !== true) {
      const { printLogs } = await import('../logs/print-logs.ts')
      return printLogs(api, id, which, { text: print, note })
    }
    const { followLog } = await import('../logs/follow-log.ts')
    const ended = await followLog(api, id, which, { text: print, note })
    note(followedTo(ended, id))
    return undefined
  })
}

function followedTo({ state }: { readonly state: string }, id: string): string {
  if (state === 'failed') return `the job failed; dsc job why ${id} explains it`
  return state === 'succeeded' || state === 'cancelled'
    ? `the job is ${state}`
    : `the attempt is over, the job is ${state}`
}
