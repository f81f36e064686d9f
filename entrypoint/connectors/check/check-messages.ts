import type { ProvisionerSettings } from '../../../config/connectors.ts'
import { eventLines, provisionerLines } from './addresses.ts'
import type { Heard } from './heard.ts'
import type { ProbeOutcome } from './probe.ts'
import type { CheckRow, Mending } from './row.ts'

/** How long after a provision message its events must have come, in milliseconds. The first comes before it (0.2 s seen on EDC 0.10.0). */
const eventsLateMs = 10_000

/** What the rows about messages are made of. */
export interface MessageEvidence {
  readonly settings: ProvisionerSettings
  readonly publicUrl: string
  readonly heard: Heard
  /** When the newest job of this connector was accepted, milliseconds since 1970: also before the service's start. */
  readonly newestJobAt?: number
  readonly probe?: ProbeOutcome
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Whether the connector sends us provision requests. EDC 0.10 shows its configuration to nobody, so what tells is what comes: messages
 * since the start, jobs of earlier ones, or a transfer of our own (the probe).
 */
export function checkProvisioner(evidence: MessageEvidence): CheckRow {
  const { settings, publicUrl, heard, newestJobAt, probe } = evidence
  const name = 'provisioner'
  const mend: Mending = {
    hint: 'These lines in the connector’s configuration, and the extension provision-http in its control plane; then restart it.',
    where: 'connector',
    lines: provisionerLines(settings, publicUrl),
  }
  const { provision, provisionRefused: refused } = heard
  if (refused !== undefined && refused.at > (provision?.at ?? 0) && refused.code !== 'asset-unknown') {
    const seen = `Its last message (${time(refused.at)}) was refused: ${refused.message} (${refused.code})`
    return { name, outcome: 'failed', seen, ...(refused.code === 'foreign-callback-address' ? {} : { mend }) }
  }
  if (probe !== undefined) {
    if (probe.provision) return { name, outcome: 'ok', seen: 'The transfer of the probe brought a provision request.' }
    return probe.began
      ? {
          name,
          outcome: 'failed',
          seen: `The transfer of the probe brought no provision request. ${probe.detail}`,
          mend,
        }
      : { name, outcome: 'unknown', seen: probe.detail, mend }
  }
  if (provision !== undefined)
    return { name, outcome: 'ok', seen: `A provision request came ${time(provision.at)}, for ${provision.assetId}.` }
  if (newestJobAt !== undefined) {
    const seen = `A provision request came ${time(newestJobAt)}, before this service was started.`
    return { name, outcome: 'ok', seen }
  }
  const seen = `No message came since the service was started (${time(heard.since)}): no consumer began a transfer, or the provisioner is not configured. A check with a probe tells.`
  return { name, outcome: 'unknown', seen, mend }
}

/** Whether the connector tells us of changes of its transfers. Without that we poll, so its absence is a warning only. */
export function checkEvents(evidence: MessageEvidence): CheckRow {
  const { settings, publicUrl, heard, probe, now } = evidence
  const name = 'events'
  const mend: Mending = {
    hint: 'Without events we ask the connector every few seconds (DSC_POLL_INTERVAL, DSC_IDLE_POLL_INTERVAL). With these lines, and the extensions callback-static-endpoint, callback-http-dispatcher and callback-event-dispatcher in its control plane, it tells at once.',
    where: 'connector',
    lines: eventLines(settings, publicUrl),
  }
  const { event, provision, eventRefused: refused } = heard
  if (refused !== undefined && refused.at > (event?.at ?? 0)) {
    const seen = `Its last event (${time(refused.at)}) was refused: ${refused.message} (${refused.code})`
    return { name, outcome: 'warning', seen, mend }
  }
  if (probe !== undefined) {
    if (probe.event) return { name, outcome: 'ok', seen: 'The transfer of the probe brought events.' }
    return probe.began
      ? { name, outcome: 'warning', seen: 'The transfer of the probe brought no event.', mend }
      : { name, outcome: 'unknown', seen: probe.detail, mend }
  }
  if (event !== undefined) return { name, outcome: 'ok', seen: `An event came ${time(event.at)}.` }
  if (provision !== undefined && now - provision.at > eventsLateMs) {
    const seen = `A provision request came ${time(provision.at)}, but no event since the service was started.`
    return { name, outcome: 'warning', seen, mend }
  }
  const seen = `No event came since the service was started (${time(heard.since)}): no transfer changed, or events are not configured. A check with a probe tells.`
  return { name, outcome: 'unknown', seen, mend }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
