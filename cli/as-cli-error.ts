import { SettingsError } from '../config/load.ts'
import { ServiceError } from '../core/errors.ts'
import { CliError } from './cli-error.ts'

/** Any error as one that can be shown. What nobody expected keeps its message. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  if (error instanceof SettingsError) {
    return new CliError('refused', 'The settings have errors', {
      problems: error.problems,
      hint: 'docs/configuration.md explains every setting, docs/cli.md what dsc itself reads.',
      cause: error,
    })
  }
  if (error instanceof ServiceError)
    return new CliError('refused', error.message, { code: error.code, problems: error.problems, cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new CliError('failed', message || 'Something went wrong', { cause: error })
}
