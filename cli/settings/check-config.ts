import { serviceEnvironment } from '../../config/cli.ts'
import { type ConnectorSettings, loadConnectors } from '../../config/connectors.ts'
import { loadSettings, SettingsError } from '../../config/load.ts'
import { loadJobLimits } from '../../config/job-limits.ts'
import { problemsOfConnectors } from '../../config/secret-rules.ts'
import type { Settings } from '../../config/settings.ts'
import type { Problem } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { readConnectors } from '../connectors/read-connectors.ts'
import { readDotenvFile } from './dotenv-file.ts'

/** What the service would start with. */
export interface CheckedConfig {
  readonly settings: Settings
  readonly connectors: readonly ConnectorSettings[]
}

/**
 * Reads settings and connectors file as the service does.
 * @param envFile in place of `.env`
 * @throws SettingsError with the problems of both
 */
export function checkConfig(context: Context, envFile: string | undefined): CheckedConfig {
  const file = readDotenvFile(envFile)
  const problems: Problem[] = []
  const collect = <T>(step: () => T): T | undefined => {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
  const settings = collect(() => loadSettings(serviceEnvironment(context.environment), file))
  const connectors = collect(() =>
    settings === undefined ? readConnectors(context, undefined) : loadConnectors(settings.DSC_CONNECTORS_FILE),
  )
  const limits = settings === undefined ? undefined : collect(() => loadJobLimits(settings))
  if (settings !== undefined && connectors !== undefined)
    problems.push(...problemsOfConnectors(connectors, settings, settings.DSC_CONNECTORS_FILE))
  if (problems.length > 0 || settings === undefined || connectors === undefined || limits === undefined)
    throw new SettingsError(problems)
  return { settings, connectors }
}
