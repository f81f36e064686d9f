import type { Command } from 'commander'
import { bashCompletion } from './bash.ts'
import { describeCommands } from './describe.ts'
import { fishCompletion } from './fish.ts'
import type { Shell } from './shells.ts'
import { zshCompletion } from './zsh.ts'

const makers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

/** The script that teaches a shell the commands of a program. */
export function completionScript(shell: Shell, program: Command): string {
  return makers[shell](describeCommands(program))
}
