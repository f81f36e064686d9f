import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Authorization } from '../../../dps/auth/authorization.ts'
import { clientCredentials } from '../../../dps/auth/client-credentials.ts'
import { type ControlPlane, controlPlane } from '../../../dps/client/control-plane.ts'
import { controlApi } from '../../../dps/json-ld/control-api.ts'

/** How our requests to a control plane are authorized; `undefined` where they carry no token. */
export function ownAuthorization({ tokens }: Pick<SignalingSettings, 'tokens'>): Authorization | undefined {
  if (tokens.own === undefined) return undefined
  const { tokenUrl: tokenEndpoint, clientId, clientSecret, scope } = tokens.own
  return clientCredentials({ tokenEndpoint, clientId, clientSecret, ...(scope === undefined ? {} : { scope }) })
}

/** The control plane at the configured address, whatever address its messages name. */
export function controlPlaneClient(
  settings: Pick<SignalingSettings, 'form' | 'signalingUrl' | 'tokens'>,
): ControlPlane {
  const options = { address: settings.signalingUrl, authorization: ownAuthorization(settings) }
  return settings.form === 'json-ld' ? controlApi(options) : controlPlane(options)
}
