import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { KeptRegistration } from '../../../dps/client/keep.ts'
import { type Registration, registration } from '../../../dps/client/registration.ts'
import type { Outcome } from '../../../dps/client/send.ts'
import { selector } from '../../../dps/json-ld/selector.ts'
import { keyedFetch } from '../keyed-client.ts'
import { dataPlaneUrl } from './data-plane-url.ts'
import { ownAuthorization } from './own-authorization.ts'

/** The registration of this service with a control plane; `undefined` where somebody else sees to it. */
export function registrationOf(settings: SignalingSettings, publicUrl: string): Registration | undefined {
  const { form, dataPlaneId, profiles, labels, sourceTypes, management, registration: wanted } = settings
  if (wanted === undefined) return undefined
  const names = profiles.map(({ name }) => name)
  // EDC puts what it wants straight behind the address that is registered.
  const endpoint = `${dataPlaneUrl(settings, publicUrl)}/dataflows`
  const ofManagement = management !== undefined && wanted.url.startsWith(management.url)
  const sending = {
    address: wanted.url,
    ...(ofManagement ? { fetch: keyedFetch(management) } : { authorization: ownAuthorization(settings) }),
  }
  if (form === 'json-ld')
    return selector({ ...sending, dataPlane: { id: dataPlaneId, url: endpoint, sourceTypes, transferTypes: names } })
  const dataPlane = { dataplaneId: dataPlaneId, endpoint, profiles: names, labels }
  const { authorization, clientSecretInFile: inFile } = wanted
  if (authorization === undefined) return registration({ ...sending, dataPlane })
  return registration({
    ...sending,
    dataPlane: {
      ...dataPlane,
      /** Asked for at each registration. A copy: the settings hide their secrets wherever they are written. */
      get authorization() {
        return inFile === undefined ? { ...authorization } : { ...authorization, clientSecret: inFile.latest() }
      },
    },
  })
}

/**
 * Keeps a registration up, and logs when it comes to stand, and when it cannot be made.
 * @param told of every outcome
 */
export function keepRegistered(
  { id, secret, registration: wanted }: SignalingSettings,
  made: Registration,
  logger: Logger,
  told: (outcome: Outcome) => void,
): KeptRegistration {
  let before: Outcome['outcome'] | undefined
  return made.keep({
    ...(wanted === undefined ? {} : { everyMs: wanted.everyMs }),
    onOutcome: (outcome) => {
      told(outcome)
      const changed = outcome.outcome !== before
      before = outcome.outcome
      if (!changed) return
      if (outcome.outcome === 'taken') logger.info('registered with a control plane', { connectorId: id })
      else
        logger.warn('not registered with a control plane', { connectorId: id, reason: shown(outcome.reason, secret) })
    },
  })
}

/** An answer may repeat our address, with the secret in it. */
function shown(text: string, secret: string | undefined): string {
  return secret === undefined ? text : text.replaceAll(secret, '<secret>')
}
