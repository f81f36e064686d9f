import type { SignalingSettings } from '../../../config/signaling.ts'
import { type ControlPlane, controlPlane } from '../../../dps/client/control-plane.ts'
import { controlApi } from '../../../dps/json-ld/control-api.ts'
import { ownAuthorization } from './own-authorization.ts'

/** The control plane at the configured address, whatever address its messages name. */
export function controlPlaneClient(
  settings: Pick<SignalingSettings, 'form' | 'signalingUrl' | 'tokens'>,
): ControlPlane {
  const options = { address: settings.signalingUrl, authorization: ownAuthorization(settings) }
  return settings.form === 'json-ld' ? controlApi(options) : controlPlane(options)
}
