import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Outcome } from '../../../dps/client/send.ts'
import { shownDataPlaneUrl } from './addresses.ts'
import type { ConnectorReport } from './check-connector.ts'
import { checkManagement } from './check-management.ts'
import { checkPublicUrl } from './check-public-url.ts'
import type { Heard } from './heard.ts'
import type { CheckRow } from './row.ts'

/** What the check of a control plane goes by. */
export interface SignalingEvidence {
  readonly settings: SignalingSettings
  readonly publicUrl: string
  readonly heard: Heard
  /** How the last registration went; `undefined` before the first one ended. */
  readonly registered: Outcome | undefined
  /** When the newest job of this connector was accepted, milliseconds since 1970: also before the service's start. */
  readonly newestJobAt?: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Checks a control plane whose data plane we are, from where the service runs. */
export async function checkSignaling(evidence: SignalingEvidence): Promise<ConnectorReport> {
  const { settings, publicUrl, now } = evidence
  const { management, signalingUrl } = settings
  const checks = [
    ...(management === undefined
      ? [silent]
      : await checkManagement({
          ...management,
          managementUrl: management.url,
          callbackAddress: signalingUrl,
        })),
    await checkPublicUrl({ managementUrl: management?.url ?? signalingUrl }, publicUrl),
    registrationRow(evidence),
    messagesRow(evidence),
  ]
  return { id: settings.id, ok: checks.every(({ outcome }) => outcome !== 'failed'), at: now, checks }
}

const silent: CheckRow = {
  name: 'management-api',
  outcome: 'warning',
  seen: 'None is configured: a failed job cannot end its transfer in the connector, and a message that is lost stays lost.',
  mend: {
    hint: 'Name it and its key.',
    where: 'connectors-file',
    lines: ['managementUrl: <address of the Management API>', 'apiKeyFile: <file with its key>'],
  },
}

function registrationRow({ settings, publicUrl, registered }: SignalingEvidence): CheckRow {
  const name = 'registration'
  const { registration, dataPlaneId, profiles } = settings
  const asWhat = `${dataPlaneId} at ${shownDataPlaneUrl(settings, publicUrl)} for ${profiles.map((one) => one.name).join(', ')}`
  if (registration === undefined) return { name, outcome: 'unknown', seen: `Somebody else has to register ${asWhat}.` }
  if (registered === undefined) return { name, outcome: 'unknown', seen: `Not yet tried to register ${asWhat}.` }
  if (registered.outcome === 'taken') return { name, outcome: 'ok', seen: `Registered ${asWhat}.` }
  const mend = {
    hint: 'See that registrationUrl is what stands before /dataplanes, and that the key or token is the right one.',
    where: 'connectors-file',
    lines: [],
  } as const
  return { name, outcome: 'failed', seen: `${registration.url}/dataplanes does not take ${asWhat}.`, mend }
}

function messagesRow({ heard, newestJobAt }: SignalingEvidence): CheckRow {
  const name = 'data-flows'
  const { provision, provisionRefused: refused } = heard
  if (refused !== undefined && refused.at > (provision?.at ?? 0))
    return {
      name,
      outcome: 'failed',
      seen: `Its last message (${time(refused.at)}) was refused: ${refused.message} (${refused.code})`,
    }
  if (provision !== undefined)
    return { name, outcome: 'ok', seen: `A start came ${time(provision.at)}, for ${provision.assetId ?? 'an asset'}.` }
  if (newestJobAt !== undefined)
    return { name, outcome: 'ok', seen: `A start came ${time(newestJobAt)}, before this service was started.` }
  return {
    name,
    outcome: 'unknown',
    seen: `No start came since the service was started (${time(heard.since)}): no consumer began a transfer, or the data plane is not registered.`,
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
