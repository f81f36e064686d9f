import type { Command } from 'commander'

/** An option as completion knows it. */
export interface CompletedOption {
  /** Such as `--json`, `-f`. */
  readonly flags: readonly string[]
  readonly description: string
  /** Whether a value follows. */
  readonly takesValue: boolean
  /** The values it may have, where they are known. */
  readonly values: readonly string[]
}

/** A command as completion knows it. */
export interface CompletedCommand {
  /** Words after `dsc`; empty for dsc itself. */
  readonly path: readonly string[]
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly CompletedOption[]
  /** What its argument may be, where that is known. */
  readonly argumentValues: readonly string[]
}

/** Every command of a tree, outermost first. */
export function describeCommands(command: Command, path: readonly string[] = []): readonly CompletedCommand[] {
  const { commands, options } = { commands: command.commands, options: command.createHelp().visibleOptions(command) }
  const subcommands = command.createHelp().visibleCommands(command)
  const own: CompletedCommand = {
    path,
    subcommands: subcommands.map((one) => ({ name: one.name(), description: one.summary() || one.description() })),
    options: options.map((option) => ({
      flags: [option.long, option.short].filter((flag) => typeof flag === 'string'),
      description: option.description,
      takesValue: option.required || option.optional,
      values: option.argChoices ?? [],
    })),
    argumentValues: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  }
  return [own, ...commands.flatMap((one) => describeCommands(one, [...path, one.name()]))]
}
