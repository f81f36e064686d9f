import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { serviceEnvironment } from '../../config/cli.ts'
import type { Context } from '../context.ts'
import { signalBase } from '../exit-codes.ts'

/** Signals that are handed on. A terminal that goes away ends the program in good order, too. */
const handedOn = { SIGTERM: 'SIGTERM', SIGINT: 'SIGINT', SIGHUP: 'SIGTERM' } as const

/** Runs the service or the demo as a process of its own, with our standard streams, until it ends; its exit code becomes ours. */
export async function runProgram(
  context: Context,
  name: 'entrypoint' | 'demo',
  args: readonly string[],
): Promise<void> {
  // TypeScript in the repository, JavaScript where this file was compiled.
  const program = new URL(`../../${name}/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  // A heap that grows slowly (with 1,000 running jobs at most 183 MiB instead of 344, bench/scale), and no optimiser for the
  // WebAssembly of undici's parser of answers, which takes 22 MiB for a moment and leaves 8,
  // and no baseline compiler for what runs once or twice, which takes 4.
  const flags = ['--max-semi-space-size=2', '--optimize-for-size', '--liftoff-only', '--no-sparkplug']
  // A process group of its own: Ctrl-C reaches a whole group, and handed on as well it would be the second signal, which ends at once.
  const child = spawn(process.execPath, [...flags, fileURLToPath(program), ...args], {
    stdio: 'inherit',
    detached: true,
    env: { ...serviceEnvironment(context.environment) },
  })
  for (const [signal, handed] of Object.entries(handedOn)) process.on(signal, () => child.kill(handed))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) =>
      resolve(exitCode ?? signalBase + (signal === null ? 0 : constants.signals[signal])),
    )
  })
  context.exitWith(code)
}
