import { type Command, Option } from 'commander'
import { newCommand } from '../command/new-command.ts'
import type { Context } from '../context.ts'

interface Options {
  readonly asset?: string
  readonly param: readonly string[]
  readonly fail?: boolean
  readonly keep?: boolean
  readonly backend?: string
}

/** `dsc demo` */
export function demo(context: Context): Command {
  return newCommand(
    'demo',
    'Shows the whole path on this machine, without cluster, object store or connector',
    'A service starts in a temporary folder, an example asset is registered, a simulated connector asks for it, a job computes, and the result is fetched as its consumer would. ' +
      'Workers run as processes of this machine, and nothing isolates them.',
    [
      { line: 'dsc demo', does: 'counts words' },
      {
        line: 'dsc demo --asset linear-regression --param EPOCHS=50',
        does: 'another example, with a parameter of the consumer',
      },
      { line: 'dsc demo --fail', does: 'how a failed job looks to provider and consumer' },
    ],
  )
    .option('--asset <name>', 'word-count, linear-regression or parameter-sweep')
    .option('--param <name=value>', 'a parameter of the consumer; may be repeated', collected, [])
    .option('--fail', 'a job that fails')
    .option('--keep', 'leave everything running and print the addresses')
    .addOption(new Option('--backend <name>', 'where the job runs').choices(['local', 'kubernetes']))
    .action(async (options: Options) => {
      const { runProgram } = await import('../serve/run-program.ts')
      await runProgram(context, 'demo', ['--called', 'dsc demo', ...argumentsOf(options)])
    })
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function argumentsOf({ asset, param, fail, keep, backend }: Options): readonly string[] {
  return [
    ...(asset === undefined ? [] : ['--asset', asset]),
    ...param.flatMap((one) => ['--param', one]),
    ...(fail === true ? ['--fail'] : []),
    ...(keep === true ? ['--keep'] : []),
    ...(backend === undefined ? [] : ['--backend', backend]),
  ]
}
