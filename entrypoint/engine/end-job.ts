import type { Failure } from '../../core/job/causes.ts'
import type { CancelledBy, Job } from '../../core/job/job.ts'
import type { Callback, Change, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, applyToTransfer, commit } from './apply.ts'
import type { EngineParts } from './parts.ts'

/** Whether the connector is told to end its process. Not where the message was false: then the process is somebody else's. */
export type Telling = 'terminate' | 'tell-nobody'

/** Longest reason that is sent to a connector, in characters. */
const longestReason = 1000

/** How a failure is told in one line: its cause, then what happened. */
function reasonOf(failure: Failure): string {
  return `${failure.cause}: ${failure.message}`.slice(0, longestReason)
}

/** Ends a job by a failure, and its transfer with it; by default the connector is told to terminate, with the reason. */
export async function failJob(
  parts: EngineParts,
  job: Versioned<Job>,
  transfer: Versioned<Transfer>,
  failure: Failure,
  telling: Telling = 'terminate',
): Promise<void> {
  const now = parts.clock.now()
  const reason = reasonOf(failure)
  const over = transfer.value.state === 'ended'
  const told = !over && telling === 'terminate'
  const callback: Callback = {
    id: parts.ids.next(),
    transferId: transfer.value.id,
    connectorId: transfer.value.connectorId,
    message: { kind: 'terminate', reason },
    createdAt: now,
  }
  await commit(parts, {
    job: applyToJob(job, { type: 'failed', failure }, now),
    wake: [
      { kind: 'job', key: job.value.id, dueAt: now },
      ...(told ? [{ kind: 'callback' as const, key: callback.id, dueAt: now }] : []),
    ],
    ...(over ? {} : { transfer: applyToTransfer(transfer, { type: 'ended', outcome: 'failed', reason }, now) }),
    ...(told ? { callbacks: [callback] } : {}),
  })
  parts.logger.warn('job failed', {
    jobId: job.value.id,
    transferId: transfer.value.id,
    cause: failure.cause,
    reason: failure.message,
  })
}

/** Cancels a job; what exists of it is removed by the next look at it. */
export function cancelled(job: Versioned<Job>, by: CancelledBy, reason: string, now: number): Change {
  return {
    job: applyToJob(job, { type: 'cancelled', by, reason }, now),
    wake: [{ kind: 'job', key: job.value.id, dueAt: now }],
  }
}
