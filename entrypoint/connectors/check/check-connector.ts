import type { ProvisionerSettings } from '../../../config/connectors.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import { checkCallbackAddress } from './check-callback-address.ts'
import { checkManagement } from './check-management.ts'
import { checkEvents, checkProvisioner, type MessageEvidence } from './check-messages.ts'
import { checkPublicUrl } from './check-public-url.ts'
import type { Heard } from './heard.ts'
import type { ProbeOutcome } from './probe.ts'
import type { CheckRow } from './row.ts'

/** What a check of a connector found. */
export interface ConnectorReport {
  readonly id: string
  /** No check failed. */
  readonly ok: boolean
  /** Milliseconds since 1970. */
  readonly at: number
  readonly checks: readonly CheckRow[]
  /** What a probe left behind in the connector, in words; absent without one. */
  readonly left?: readonly string[]
}

/** What a check goes by. */
export interface CheckParts {
  readonly settings: ProvisionerSettings
  readonly publicUrl: string
  readonly clock: Clock
  readonly heard: () => Heard
  readonly newestJobAt?: number
  /** Carries a probe through; only where somebody asked for it. */
  readonly probe?: () => Promise<ProbeOutcome>
}

/** Checks one connector from where the service runs, with its key. Each call takes ten seconds at most, a probe about a minute. */
export async function checkConnector(parts: CheckParts): Promise<ConnectorReport> {
  const { settings, publicUrl, clock, newestJobAt } = parts
  const [management, publicRow] = await Promise.all([checkManagement(settings), checkPublicUrl(settings, publicUrl)])
  const usable = management.every(({ outcome }) => outcome === 'ok')
  const probe = usable ? await parts.probe?.() : undefined
  const heard = parts.heard()
  const at = clock.now()
  const evidence: MessageEvidence = {
    settings,
    publicUrl,
    heard,
    now: at,
    ...(newestJobAt === undefined ? {} : { newestJobAt }),
    ...(probe === undefined ? {} : { probe }),
  }
  const checks = [
    ...management,
    checkCallbackAddress(settings, heard),
    publicRow,
    checkProvisioner(evidence),
    checkEvents(evidence),
  ]
  return {
    id: settings.id,
    ok: checks.every(({ outcome }) => outcome !== 'failed'),
    at,
    checks,
    ...(probe === undefined ? {} : { left: probe.left }),
  }
}
