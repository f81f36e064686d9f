import type { Problem } from '../core/errors.ts'
import type { Exit } from './exit-codes.ts'

/** One thing that is wrong, with the file and place in it where that is known. */
export interface PlacedProblem extends Problem {
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
}

/** What an error says besides its title. */
export interface CliErrorOptions {
  /** What is wrong this time. */
  readonly detail?: string
  readonly problems?: readonly PlacedProblem[]
  /** What the reader can do about it. */
  readonly hint?: string
  /** Code of the service's error catalogue, where the service said it. */
  readonly code?: string
  /** HTTP status, where the service answered. */
  readonly status?: number
  /** Under this id the service's log has the request. */
  readonly requestId?: string
  readonly cause?: unknown
}

/** An end that is no success: the one kind of error that commands throw on purpose. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exit: Exit
  readonly options: CliErrorOptions

  /** @param title what is wrong, in one line */
  constructor(exit: Exit, title: string, options: CliErrorOptions = {}) {
    super(title, options.cause === undefined ? undefined : { cause: options.cause })
    this.exit = exit
    this.options = options
  }
}
