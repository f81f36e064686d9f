import type { SignalingSettings } from '../../../config/signaling.ts'
import type { ResultAddress } from '../../../core/ports/connector.ts'
import type { Flow } from '../../../core/transfer/flow.ts'
import type { DataAddress } from '../../../dps/data-plane.ts'

/** What an address that is reached by HTTP is called where its profile has no name of its own (IDS information model 4.1). */
const httpEndpoint = 'https://w3id.org/idsa/v4.1/HTTP'

/**
 * Where a result is fetched, as a data address. Its kind is the profile where that is an address (as the profile http-pull demands), and
 * the token stands as its properties `authorization` and `authType` say there.
 */
export function resultDataAddress(
  address: ResultAddress,
  { endpointType }: Pick<SignalingSettings, 'endpointType'>,
  { profile }: Pick<Flow, 'profile'>,
): DataAddress {
  return {
    endpointType: endpointType ?? (/^https?:\/\//.test(profile) ? profile : httpEndpoint),
    endpoint: address.url,
    properties: address.kind === 'presigned' ? {} : { authorization: address.token, authType: 'bearer' },
  }
}
