import dotenv from 'dotenv'
import { type Environment, serviceEnvironment } from '../../config/cli.ts'
import { loadSettings } from '../../config/load.ts'
import { type SettingName, type Settings, settingsSchema } from '../../config/settings.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'

/** Where a setting's value is from. */
export type SettingSource = 'environment' | 'environment (file)' | 'dotenv' | 'dotenv (file)' | 'default' | 'unset'

/** A setting as the service would have it. */
export interface EffectiveSetting {
  readonly name: SettingName
  /** As text; `null` where it is not set. A secret shows `[hidden]`. */
  readonly value: string | null
  readonly secret: boolean
  readonly source: SettingSource
}

/**
 * The settings that the service would start with, without secrets.
 * @param file text of the dotenv file
 * @throws SettingsError with every problem there is
 */
export function effectiveSettings(environment: Environment, file: string): readonly EffectiveSetting[] {
  const settings = loadSettings(serviceEnvironment(environment), file)
  const inFile = dotenv.parse(file)
  return settingsSchema.keyof().options.map((name) => {
    const secret = settingsSchema.shape[name].meta()?.['secret'] === true
    const value = settings[name]
    return {
      name,
      value: value === undefined ? null : secret ? '[hidden]' : textOf(value),
      secret,
      source: sourceOf(name, value, environment, inFile, secret),
    }
  })
}

function textOf(value: Exclude<Settings[SettingName], undefined>): string {
  return withoutCredentials(Array.isArray(value) ? value.join(',') : String(value))
}

function sourceOf(
  name: SettingName,
  value: unknown,
  environment: Environment,
  inFile: Environment,
  secret: boolean,
): SettingSource {
  // The environment wins name by name, also with an empty value: the service merges the two before it reads them.
  const given = (full: string): 'environment' | 'dotenv' | undefined => {
    const source = environment[full] === undefined ? inFile : environment
    if (source[full] === undefined || source[full] === '') return undefined
    return source === inFile ? 'dotenv' : 'environment'
  }
  const file = secret ? given(`${name}_FILE`) : undefined
  if (file !== undefined) return file === 'dotenv' ? 'dotenv (file)' : 'environment (file)'
  return given(name) ?? (value === undefined ? 'unset' : 'default')
}
