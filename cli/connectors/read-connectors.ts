import { connectorsFile } from '../../config/cli.ts'
import { type ConnectorSettings, loadConnectors } from '../../config/connectors.ts'
import { readDotenvFile } from '../settings/dotenv-file.ts'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'

/**
 * The connectors that the service would have.
 * @param file in place of the one that the settings name
 * @throws SettingsError for a file with errors; CliError for an id that is not in it
 */
export function readConnectors(
  { environment }: Context,
  file: string | undefined,
  ids: readonly string[] = [],
): readonly ConnectorSettings[] {
  const path = file ?? connectorsFile(environment, readDotenvFile(undefined))
  const connectors = loadConnectors(path)
  const unknown = ids.filter((id) => !connectors.some((connector) => connector.id === id))
  if (unknown.length > 0) {
    throw new CliError('not-found', `${path} has no connector ${unknown.join(', ')}`, {
      hint: `It has ${connectors.map(({ id }) => id).join(', ')}.`,
    })
  }
  return ids.length === 0 ? connectors : connectors.filter(({ id }) => ids.includes(id))
}
