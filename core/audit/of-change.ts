import { type Job, isFinal } from '../job/job.ts'
import type { Callback, Change } from '../ports/store.ts'
import type { Transfer } from '../transfer/transfer.ts'
import type { Action } from './actions.ts'
import type { Hash } from './chain.ts'
import { type AuditDraft, type Author, connectorAuthor, type Detail, service } from './entry.ts'

/** What a change is about as it stands before the change. */
export interface Before {
  readonly job?: Job
  readonly transfer?: Transfer
  readonly callback?: Callback
}

/**
 * What the audit log tells of a change: one entry for each thing whose state changed. Marks of the engine's own (that objects were
 * launched, that a log is kept, since when a process is unknown) are no entries: nothing was done to anything.
 */
export function auditOfChange(before: Before, change: Change, hash: Hash): readonly AuditDraft[] {
  const author = change.by ?? service
  const { newJob, result, doneCallback } = change
  const drafts: AuditDraft[] = []
  if (change.job !== undefined) drafts.push(...ofJob(before.job, change.job.value, author))
  if (newJob !== undefined)
    drafts.push(
      jobDraft(newJob, 'job.repeated', author, {
        assetId: newJob.assetId,
        ...(newJob.origin.retryOf === undefined ? {} : { retryOf: newJob.origin.retryOf }),
      }),
    )
  if (change.transfer !== undefined) drafts.push(...ofTransfer(before.transfer, change.transfer.value, author))
  if (result !== undefined) {
    const { jobId, attempt, manifest } = result
    const digest = hash(JSON.stringify(manifest))
    drafts.push({
      ...author,
      action: 'result.registered',
      object: { kind: 'result', id: jobId },
      jobId,
      outcome: 'done',
      detail: { attempt, files: manifest.files.length, bytes: manifest.totalBytes, manifestSha256: digest },
    })
  }
  if (doneCallback !== undefined && before.callback !== undefined) {
    const { transferId, connectorId, message } = before.callback
    drafts.push({
      ...author,
      action: 'callback.done',
      object: { kind: 'transfer', id: transferId },
      outcome: change.callbackOutcome === 'refused' ? 'refused' : 'done',
      detail: { connectorId, kind: message.kind, outcome: change.callbackOutcome ?? 'unknown' },
    })
  }
  return drafts
}

/** A transfer that was accepted. */
export function auditOfAcceptance({ id, connectorId, processId, assetId, jobId }: Transfer): AuditDraft {
  return {
    ...connectorAuthor(connectorId),
    action: 'transfer.accepted',
    object: { kind: 'transfer', id },
    jobId,
    outcome: 'done',
    detail: { assetId, processId },
  }
}

function ofJob(before: Job | undefined, after: Job, author: Author): readonly AuditDraft[] {
  const drafts: AuditDraft[] = []
  for (const attempt of after.attempts) {
    const was = before?.attempts.find(({ number }) => number === attempt.number)
    const detail = { attempt: attempt.number }
    if (attempt.stopping !== undefined && was?.stopping === undefined)
      drafts.push(jobDraft(after, 'job.stopping', author, detail))
    if (attempt.removed && was?.removed === false) drafts.push(jobDraft(after, 'job.cleared-up', author, detail))
  }
  if (after.logsRemovedAt !== undefined && before?.logsRemovedAt === undefined)
    drafts.push(jobDraft(after, 'job.logs-removed', author, {}))
  const moved = before === undefined || before.state !== after.state || before.attempt !== after.attempt
  return moved && !(before !== undefined && isFinal(before)) ? [...drafts, ofState(before, after, author)] : drafts
}

function ofState(before: Job | undefined, after: Job, author: Author): AuditDraft {
  switch (after.state) {
    case 'accepted':
    case 'queued': {
      if (before !== undefined && before.attempt !== after.attempt) {
        const failure = after.attempts.at(-1)?.failure
        return jobDraft(after, 'job.attempt-failed', author, {
          attempt: before.attempt,
          ...(failure === undefined ? {} : { cause: failure.cause }),
        })
      }
      const terms = 'terms' in after ? after.terms : undefined
      return jobDraft(after, 'job.verified', author, {
        assetId: after.assetId,
        assetVersion: terms?.assetVersion ?? null,
        agreementId: terms?.agreementId ?? null,
        consumerId: terms?.consumerId ?? null,
      })
    }
    case 'failed':
      return jobDraft(after, 'job.failed', author, { attempt: after.attempt, cause: after.failure.cause })
    case 'cancelled':
      return jobDraft(after, 'job.cancelled', cancelledBy(after.by, after, author), {
        by: after.by,
        reason: after.reason,
      })
    default:
      return jobDraft(after, stateActions[after.state], author, { attempt: after.attempt })
  }
}

const stateActions = {
  starting: 'job.starting',
  running: 'job.running',
  storing: 'job.storing',
  succeeded: 'job.succeeded',
} as const satisfies Record<string, Action>

/** The service writes down what a connector ended; it was the connector that did. */
function cancelledBy(by: string, { origin }: Job, author: Author): Author {
  return by === 'connector' && origin.kind === 'transfer' && author.actor.kind === 'service'
    ? connectorAuthor(origin.connectorId)
    : author
}

function ofTransfer(before: Transfer | undefined, after: Transfer, author: Author): readonly AuditDraft[] {
  const { id, jobId, generation } = after
  const draft = (action: Action, detail: Detail): AuditDraft => ({
    ...author,
    action,
    object: { kind: 'transfer', id },
    jobId,
    outcome: 'done',
    detail: { connectorId: after.connectorId, ...detail },
  })
  const drafts: AuditDraft[] = []
  if (before !== undefined && generation > before.generation) drafts.push(draft('transfer.revoked', { generation }))
  if (before?.state === after.state || after.state === 'requested') return drafts
  return [
    ...drafts,
    after.state === 'ended'
      ? draft('transfer.ended', { outcome: after.outcome, reason: after.reason })
      : draft(`transfer.${after.state}`, {}),
  ]
}

function jobDraft({ id }: Job, action: Action, author: Author, detail: Detail): AuditDraft {
  return { ...author, action, object: { kind: 'job', id }, jobId: id, outcome: 'done', detail }
}
