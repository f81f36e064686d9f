import { Argument, type Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import { type Shell, shells } from '../completion/shells.ts'
import type { Context } from '../context.ts'

/**
 * `dsc completion`
 * @param program gives the whole tree of commands, once it is made
 */
export function completion({ out }: Context, program: () => Command): Command {
  return newCommand('completion', 'Prints the completion script of a shell', '', [
    { line: 'source <(dsc completion bash)', does: 'bash: in this shell, or in ~/.bashrc for every one' },
    { line: 'dsc completion zsh > "${fpath[1]}/_dsc"', does: 'zsh: from the next shell on' },
    { line: 'dsc completion fish > ~/.config/fish/completions/dsc.fish', does: 'fish: from the next shell on' },
  ])
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/script.ts')
      out.write(completionScript(shell, program()))
    })
}
