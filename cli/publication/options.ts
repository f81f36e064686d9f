import { type Command, InvalidArgumentError } from 'commander'
import type { AdminOptions, JsonOption } from '../command/options.ts'
import type { WantedPublication } from './api.ts'

/** Options of commands about what a publication shall be. */
export interface PublicationOptions extends AdminOptions, JsonOption {
  readonly connector: string
  readonly assetVersion?: string
  readonly accessPolicy?: string
  readonly contractPolicy?: string
  readonly adopt?: true
}

/** Adds the connector, which must be named. */
export function withConnector(command: Command): Command {
  return command.requiredOption('--connector <id>', 'the connector, by its id in the connectors file', connectorId)
}

/** Adds what may be said about a publication. */
export function withPublicationOptions(command: Command): Command {
  return withConnector(command)
    .option('--asset-version <version>', 'another version than the newest that is offered')
    .option(
      '--access-policy <policy>',
      'who sees the offer: a file with an ODRL Set, id:ID of a policy that the connector has, or open (default: as it is; open at first)',
    )
    .option('--contract-policy <policy>', 'under what conditions it is used; like --access-policy')
    .option('--adopt', 'take over what the connector has under the same ids, though it was not published from here')
}

/** What the options say, with policies read from their files. */
export async function wantedOf(options: PublicationOptions): Promise<WantedPublication> {
  const { readPolicyOption } = await import('./read-policy.ts')
  const accessPolicy = await readPolicyOption(options.accessPolicy)
  const contractPolicy = await readPolicyOption(options.contractPolicy)
  return {
    ...(options.assetVersion === undefined ? {} : { version: options.assetVersion }),
    ...(accessPolicy === undefined ? {} : { accessPolicy }),
    ...(contractPolicy === undefined ? {} : { contractPolicy }),
    ...(options.adopt === true ? { adopt: true } : {}),
  }
}

function connectorId(text: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('A connector’s id has lower case letters, digits and -.')
}
