import { checkConfig } from '../settings/check-config.ts'
import type { Context } from '../context.ts'
import { runProgram } from './run-program.ts'

/**
 * Runs the service until it ends.
 * @throws SettingsError where it could not start with what it would read here
 */
export async function runService(context: Context): Promise<void> {
  checkConfig(context, undefined)
  await runProgram(context, 'entrypoint', [])
}
