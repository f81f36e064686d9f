import { receptionCauses } from '../../core/reception/causes.ts'
import type { Reception } from '../../core/reception/reception.ts'
import type { Answer } from '../http/answer.ts'
import type { receptionSchema } from './reception-schemas.ts'

/** A reception as the admin API shows it: times in ISO 8601, and of its address only where it leads. */
export function receptionView(reception: Reception): Answer<typeof receptionSchema> {
  const { terms, failure, content, source } = reception
  return {
    id: reception.id,
    connectorId: reception.connectorId,
    processId: reception.processId,
    mode: reception.mode,
    flow: reception.flow,
    state: reception.state,
    assetId: terms.assetId,
    agreementId: terms.agreementId,
    providerId: terms.providerId ?? null,
    profile: terms.profile,
    parameters: terms.parameters ?? null,
    destination: reception.destination ?? null,
    source: source === undefined ? null : shownAddress(source.endpoint),
    waitsFor: reception.waitsFor ?? null,
    troubleSince: timeOrNull(reception.troubleSince),
    failure: failure === undefined ? null : { ...failure, ...receptionCauses[failure.cause] },
    reason: reception.reason ?? null,
    createdAt: time(reception.createdAt),
    since: time(reception.since),
    removeAt: timeOrNull(reception.removeAt),
    removedAt: timeOrNull(reception.removedAt),
    content:
      content === undefined
        ? null
        : { files: content.files, totalBytes: content.totalBytes, verifiedBy: content.verifiedBy },
  }
}

/** Without the query, which may hold a signature, and whatever else opens it. */
function shownAddress(address: string): string | null {
  const url = URL.parse(address)
  return url === null ? null : `${url.origin}${url.pathname}`
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function timeOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : time(milliseconds)
}
