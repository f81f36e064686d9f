import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Connector } from '../../../core/ports/connector.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { KeptRegistration } from '../../../dps/client/keep.ts'
import type { ControlPlane } from '../../../dps/client/control-plane.ts'
import type { Outcome } from '../../../dps/client/send.ts'
import { jsonLdHandler } from '../../../dps/json-ld/handle.ts'
import { dataPlaneHandler } from '../../../dps/server/handle.ts'
import type { SignalledDataPlane } from '../../routes/data-planes.ts'
import { authenticator } from './authenticate.ts'
import { bothRoles, type ConsumerRole } from './both-roles.ts'
import { controlPlaneClient } from './control-plane-client.ts'
import { type ProviderParts, providerRole } from './provider-role.ts'
import { keepRegistered, registrationOf } from './register.ts'
import { signalingConnector } from './signaling-connector.ts'
import { unavailableInTrouble } from './unavailable.ts'

/** The control planes whose data plane we are. */
export interface Signaling {
  /** What the engine says to them. */
  readonly connectors: readonly Connector[]
  /** The client of one; `undefined` where it is configured no more. */
  client(connectorId: string): ControlPlane | undefined
  /** What they say to us. @param consumer absent where nothing is received */
  dataPlanes(parts: Omit<ProviderParts, 'settings'>, consumer: ConsumerRole | undefined): readonly SignalledDataPlane[]
  /** Registers with them, and keeps that up. @param publicUrl base address under which they reach us */
  register(publicUrl: string): void
  /** How the last registration with one went; `undefined` where there was none yet. */
  registered(connectorId: string): Outcome | undefined
  /** Registers no more; the registrations stay. */
  stop(): Promise<void>
}

/** Makes what is needed for the control planes that are configured. */
export function openSignaling(
  configured: readonly SignalingSettings[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Signaling {
  const clients = new Map(configured.map((settings) => [settings.id, controlPlaneClient(settings)]))
  const kept = new Map<string, KeptRegistration>()
  const outcomes = new Map<string, Outcome>()
  return {
    connectors: configured.map((settings) => {
      const client = clients.get(settings.id) ?? controlPlaneClient(settings)
      return signalingConnector(settings, { client, clock, unknown: () => kept.get(settings.id)?.again() })
    }),
    client: (connectorId) => clients.get(connectorId),
    dataPlanes: (parts, consumer) =>
      configured.map((settings) => {
        const { id, form, secret, previousSecret, strict } = settings
        const roles = bothRoles(providerRole({ ...parts, settings }), consumer)
        const options = {
          dataPlane: unavailableInTrouble(roles, logger),
          authenticate: authenticator(settings),
          onError: (error: unknown) => logger.error('a data flow message failed', { connectorId: id, error }),
        }
        return {
          id,
          form,
          ...(secret === undefined ? {} : { secret }),
          ...(previousSecret === undefined ? {} : { previousSecret }),
          handle:
            form === 'json-ld' ? jsonLdHandler(options) : dataPlaneHandler({ ...options, strictAddresses: strict }),
        }
      }),
    register(publicUrl) {
      for (const settings of configured) {
        const made = registrationOf(settings, publicUrl)
        if (made === undefined) continue
        const told = (outcome: Outcome): void => void outcomes.set(settings.id, outcome)
        kept.set(settings.id, keepRegistered(settings, made, logger, told))
      }
    },
    registered: (connectorId) => outcomes.get(connectorId),
    async stop() {
      await Promise.all([...kept.values()].map((one) => one.stop()))
    },
  }
}
