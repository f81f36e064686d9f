import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { wantsColour } from '../config/terminal.ts'
import type { CliError } from './cli-error.ts'
import type { Context, Output } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import { makeStyle } from './format/style.ts'
import { makeProgram } from './program.ts'

async function main(): Promise<void> {
  const { env: environment, stdin, stdout, stderr } = process
  const context: Context = {
    out: output(stdout),
    err: output(stderr),
    environment,
    interactive: stdin.isTTY && stderr.isTTY,
    now: Date.now,
    exitWith(code) {
      process.exitCode = code
    },
  }
  try {
    await makeProgram(context, version()).parseAsync()
  } catch (error) {
    process.exitCode = await report(error, context)
  }
}

/** Says what went wrong. Returns the exit code. */
async function report(error: unknown, { err }: Context): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code // it has told
  const { asCliError } = await import('./as-cli-error.ts')
  const { errorJson, formatError } = await import('./format/error.ts')
  const known: CliError = asCliError(error)
  err.write(process.argv.includes('--json') ? errorJson(known) : formatError(known, err))
  return exitCodes[known.exit].code
}

function output(stream: NodeJS.WriteStream): Output {
  // A reader that has seen enough, such as head, is no error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  return {
    write: (text) => void stream.write(text),
    width: stream.isTTY ? stream.columns : undefined,
    style: makeStyle(wantsColour(process.env, stream.isTTY)),
  }
}

/** From package.json, which lies above the sources as well as above the compiled files. */
function version(): string {
  const up = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json'
  const text = readFileSync(new URL(up, import.meta.url), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}

await main()
