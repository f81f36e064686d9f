import type { Cause } from '../core/job/causes.ts'
import type { SidecarReport } from '../core/job/sidecar-task.ts'

/** Why the data sidecar could not do its part. The message names the input or file, what happened and what to do. */
export class SidecarFailure extends Error {
  override readonly name = 'SidecarFailure'
  /** The cause under which the attempt fails. */
  readonly code: Cause
  /** Whether a new attempt would end alike. */
  readonly final: boolean

  constructor(code: Cause, message: string, because?: unknown, final = false) {
    super(message, because === undefined ? undefined : { cause: because })
    this.code = code
    this.final = final
  }

  /** What goes into the termination message. */
  report(): SidecarReport {
    return { cause: this.code, message: this.message, ...(this.final ? { final: true } : {}) }
  }
}

/** Makes a failure of anything thrown; what is one already stays as it is. */
export function asFailure(error: unknown, otherwise: Cause, before = ''): SidecarFailure {
  return error instanceof SidecarFailure ? error : new SidecarFailure(otherwise, before + reasonOf(error), error)
}

/** What an error says, in one line and without its stack. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** The code that Node gives system errors (`ENOSPC`), or `undefined`. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
