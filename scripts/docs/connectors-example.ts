import { parse } from 'yaml'
import { z } from 'zod'
import { connectorSchema } from '../../config/connectors.ts'

const example = `connectors:
  - id: provider
    dialect: http-provisioner
    managementUrl: https://edc.example:19193/management
    apiKeyFile: secrets/provider.key
    callbackAddress: https://edc.example:19193/management/callback
    secretFile: secrets/provider-path
`

/**
 * An example of the connectors file.
 * @throws where the schema would refuse it
 */
export function connectorsExample(): string {
  z.strictObject({ connectors: z.array(connectorSchema) }).parse(parse(example))
  return example
}
