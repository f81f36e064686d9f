import type { ConnectorSettings } from '../../config/connectors.ts'
import type { SignalingSettings } from '../../config/signaling.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'
import { checkCallbackAddress } from '../../entrypoint/connectors/check/check-callback-address.ts'
import { checkManagement } from '../../entrypoint/connectors/check/check-management.ts'
import type { CheckRow } from '../../entrypoint/connectors/check/row.ts'
import type { ShownReport } from '../api/connectors.ts'

/** What can be seen of a connector without the service: its Management API, from this machine. */
export async function checkFromHere(settings: ConnectorSettings, now: () => number): Promise<ShownReport> {
  const checks =
    settings.dialect === 'http-provisioner'
      ? [
          ...(await checkManagement(settings)),
          checkCallbackAddress(settings, { since: now() }),
          ...unseen(['public-url', 'provisioner', 'events']),
        ]
      : [...(await managementOf(settings)), ...unseen(['public-url', 'registration', 'data-flows'])]
  return {
    id: settings.id,
    ok: checks.every(({ outcome }) => outcome !== 'failed'),
    at: new Date(now()).toISOString(),
    checks: checks.map(({ mend, ...row }) => ({
      ...row,
      seen: withoutCredentials(row.seen),
      ...(mend === undefined ? {} : { mend: { ...mend, lines: [...mend.lines] } }),
    })),
  }
}

async function managementOf({ management, signalingUrl }: SignalingSettings): Promise<readonly CheckRow[]> {
  if (management === undefined)
    return [{ name: 'management-api', outcome: 'warning', seen: 'None is configured for this connector.' }]
  const { url: managementUrl, version, apiKey } = management
  return checkManagement({ managementUrl, version, apiKey, callbackAddress: signalingUrl })
}

function unseen(names: readonly CheckRow['name'][]): readonly CheckRow[] {
  return names.map((name) => ({ name, outcome: 'unknown', seen: 'The service sees this; check without --local.' }))
}
