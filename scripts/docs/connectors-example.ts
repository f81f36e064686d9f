import { parse } from 'yaml'
import { z } from 'zod'
import { provisionerSchema } from '../../config/connectors.ts'
import { signalingSchema } from '../../config/signaling.ts'

const example = `connectors:
  - id: provider
    dialect: http-provisioner
    managementUrl: https://edc.example:19193/management
    apiKeyFile: secrets/provider.key
    callbackAddress: https://edc.example:19193/management/callback
    secretFile: secrets/provider-path
  - id: provider-dps
    dialect: data-plane-signaling
    dataPlaneId: compute
    signalingUrl: https://edc.example:19182/api/signaling
    managementUrl: https://edc.example:19193/management
    apiKeyFile: secrets/provider-dps.key
    transferTypes: [Compute-PULL, {name: Compute-Now-PULL, start: sync}, Compute-PUSH]
    secretFile: secrets/provider-dps-path
`

/**
 * An example of the connectors file.
 * @throws where the schema would refuse it
 */
export function connectorsExample(): string {
  z.strictObject({ connectors: z.array(z.union([provisionerSchema, signalingSchema])) }).parse(parse(example))
  return example
}
