import type { ConnectorSettings } from '../../config/connectors.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'
import { checkCallbackAddress } from '../../entrypoint/connectors/check/check-callback-address.ts'
import { checkManagement } from '../../entrypoint/connectors/check/check-management.ts'
import type { CheckRow } from '../../entrypoint/connectors/check/row.ts'
import type { ShownReport } from '../api/connectors.ts'

/** What can be seen of a connector without the service: its Management API, from this machine. */
export async function checkFromHere(settings: ConnectorSettings, now: () => number): Promise<ShownReport> {
  const unseen = (['public-url', 'provisioner', 'events'] as const).map(
    (name): CheckRow => ({ name, outcome: 'unknown', seen: 'The service sees this; check without --local.' }),
  )
  const management = await checkManagement(settings)
  const checks = [...management, checkCallbackAddress(settings, { since: now() }), ...unseen]
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
