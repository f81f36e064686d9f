import { Command } from 'commander'

/** A command line somebody might type, and what it does. */
export interface Example {
  readonly line: string
  readonly does: string
}

const examplesOf = new WeakMap<Command, readonly Example[]>()

/**
 * A command with help that ends with examples. docs/cli.md is generated from the same.
 * @param summary one line for the list of commands; the first sentence of its own help
 */
export function newCommand(name: string, summary: string, more: string, examples: readonly Example[]): Command {
  const command = new Command(name).summary(summary).description(more === '' ? `${summary}.` : `${summary}.\n\n${more}`)
  examplesOf.set(command, examples)
  return command.addHelpText('after', `\nExamples:\n${examples.map(shown).join('')}`)
}

/** A command that only holds others. */
export function newGroup(name: string, summary: string, commands: readonly Command[]): Command {
  const group = new Command(name).summary(summary).description(`${summary}.`)
  for (const command of commands) group.addCommand(command)
  return group
}

/** The examples in a command's help. */
export function examplesIn(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? []
}

function shown({ line, does }: Example): string {
  return `  # ${does}\n  ${line}\n`
}
