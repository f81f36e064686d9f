import type { Style } from './format/style.ts'

/** Where a command writes to. */
export interface Output {
  write(text: string): void
  /** Columns of the terminal; `undefined` where it is none, and then nothing is shortened or wrapped. */
  readonly width: number | undefined
  readonly style: Style
}

/** The world of a command: everything it reads or writes besides files and the network. */
export interface Context {
  readonly out: Output
  readonly err: Output
  /** The process's environment; config/cli.ts says what is read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Ends the process with this code once the command is done, in place of 0. */
  readonly exitWith: (code: number) => void
}
