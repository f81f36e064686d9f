import type { ReceptionChange } from '../ports/reception-store.ts'
import { isFlowOver, type Reception } from '../reception/reception.ts'
import type { Action } from './actions.ts'
import type { Hash } from './chain.ts'
import { type AuditDraft, type Author, connectorAuthor, type Detail, service } from './entry.ts'

/** A reception that was prepared. */
export function auditOfPreparation(
  reception: Reception,
  by: Author = connectorAuthor(reception.connectorId),
): AuditDraft {
  const { connectorId, processId, mode, destination, terms } = reception
  return draft(reception, 'reception.prepared', by, {
    connectorId,
    processId,
    mode,
    assetId: terms.assetId,
    agreementId: terms.agreementId,
    ...(terms.providerId === undefined ? {} : { providerId: terms.providerId }),
    ...(destination === undefined ? {} : { destination }),
  })
}

/** What the audit log tells of a change: its flow, its data, and what somebody ordered. Of its address and its files’ names it tells nothing. */
export function auditOfReception(before: Reception, change: ReceptionChange, hash: Hash): readonly AuditDraft[] {
  const { value: after } = change.reception
  const by = change.by ?? service
  const drafts: AuditDraft[] = []
  const flow = flowAction(before, after)
  if (flow !== undefined)
    drafts.push(draft(after, flow, by, flow === 'reception.terminated' ? { reason: after.reason ?? null } : {}))
  const ordered = after.removeAt !== undefined && after.removeAt !== before.removeAt && by.actor.kind === 'operator'
  if (ordered) drafts.push(draft(after, 'reception.removal-ordered', by, {}))
  return before.state === after.state ? drafts : [...drafts, ...ofState(before, change, by, hash)]
}

/** A reception that is not kept any longer. */
export function auditOfForgetting(reception: Reception, by: Author = service): AuditDraft {
  return draft(reception, 'reception.forgotten', by, { processId: reception.processId })
}

function flowAction(before: Reception, after: Reception): Action | undefined {
  if (before.flow === after.flow) return undefined
  switch (after.flow) {
    case 'started':
      return before.flow === 'suspended' ? 'reception.resumed' : 'reception.started'
    case 'suspended':
      return 'reception.suspended'
    case 'completed':
      return 'reception.completed'
    case 'terminated':
      return 'reception.terminated'
    case 'prepared':
      return undefined
  }
}

function ofState(before: Reception, change: ReceptionChange, by: Author, hash: Hash): readonly AuditDraft[] {
  const { value: after } = change.reception
  switch (after.state) {
    case 'received': {
      const { files = [], totalBytes = 0, verifiedBy = 'nothing' } = after.content ?? {}
      const digest = hash(JSON.stringify(files))
      const detail = { files: files.length, bytes: totalBytes, verifiedBy, filesSha256: digest }
      return [draft(after, 'reception.received', by, detail)]
    }
    case 'failed': {
      const { cause = 'unreachable' } = after.failure ?? {}
      // Its termination is told of by itself.
      return isFlowOver(after) && cause === 'terminated' ? [] : [draft(after, 'reception.failed', by, { cause })]
    }
    case 'removed': {
      const { objects = null, bytes = null, uploads = null, left = null } = change.erased ?? {}
      return [draft(after, 'reception.removed', by, { objects, bytes, uploads, left })]
    }
    case 'fetching':
    case 'verifying':
      return before.state === 'awaited' ? [] : [draft(after, 'reception.fetch-ordered', by, {})]
    case 'awaited':
      return []
  }
}

function draft({ id }: Reception, action: Action, author: Author, detail: Detail): AuditDraft {
  return {
    ...author,
    action,
    object: { kind: 'reception', id },
    outcome: action === 'reception.failed' ? 'failed' : 'done',
    ...(Object.keys(detail).length === 0 ? {} : { detail }),
  }
}
