import type { Command } from 'commander'
import { examplesIn } from '../../cli/command/new-command.ts'
import type { Context } from '../../cli/context.ts'
import { exitCodes } from '../../cli/exit-codes.ts'
import { makeStyle } from '../../cli/format/style.ts'
import { makeProgram } from '../../cli/program.ts'
import { code, table } from './markdown.ts'

/** The parts of docs/cli.md that come from the code, by the name of their place. */
export function cliReference(): Readonly<Record<string, string>> {
  return { 'exit-codes': exitCodeTable(), commands: leaves(programWithoutWorld()).map(section).join('\n\n') }
}

function exitCodeTable(): string {
  return table(
    ['Code', 'Meaning'],
    Object.values(exitCodes).map((entry) => [String(entry.code), entry.meaning]),
  )
}

/** Commands that are looked at and never run. */
function programWithoutWorld(): Command {
  const nowhere = { write: () => undefined, width: undefined, style: makeStyle(false) }
  const context: Context = {
    out: nowhere,
    err: nowhere,
    environment: {},
    interactive: false,
    now: () => 0,
    exitWith: () => undefined,
  }
  return makeProgram(context, '')
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function section(command: Command): string {
  const help = command.createHelp()
  const usage = help.commandUsage(command)
  const name = usage.replace(/ [[<].*$/, '')
  const examples = examplesIn(command).flatMap(({ line, does }) => [`# ${does}`, line])
  const rows = [
    ...help.visibleArguments(command).map((one) => [code(help.argumentTerm(one)), help.argumentDescription(one)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((one) => [code(help.optionTerm(one)), help.optionDescription(one)]),
  ]
  return [
    `### ${name}`,
    command.description().replaceAll(/<([a-z]+)>/g, '`<$1>`'),
    `\`\`\`\n${usage}\n\`\`\``,
    ...(rows.length === 0 ? [] : [table(['', 'Meaning'], rows)]),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ].join('\n\n')
}
