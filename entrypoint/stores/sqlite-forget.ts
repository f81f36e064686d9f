import type { DatabaseSync } from 'node:sqlite'
import { service } from '../../core/audit/entry.ts'
import { isFinal } from '../../core/job/job.ts'
import type { Store } from '../../core/ports/store.ts'
import { jobOf, transferOf } from './rows.ts'
import type { AuditTable } from './sqlite-audit.ts'
import { inTransaction } from './transaction.ts'

/** Removes a job that is over from the history, with its result and, where it serves no other job, its transfer. */
export function forgetJob(database: DatabaseSync, audit: AuditTable): Store['forgetJob'] {
  const selectJob = database.prepare('SELECT * FROM jobs WHERE id = ?')
  const selectTransfer = database.prepare('SELECT * FROM transfers WHERE id = ?')
  const openResult = database.prepare('SELECT 1 FROM results WHERE job_id = ? AND removed_at IS NULL')
  const waiting = database.prepare('SELECT 1 FROM callbacks WHERE transfer_id = ? LIMIT 1')
  const countOn = database.prepare(`
    INSERT INTO forgotten_jobs (agreement_id, asset_id, jobs)
    SELECT agreement_id, asset_id, 1 FROM jobs WHERE id = ? AND agreement_id IS NOT NULL
    ON CONFLICT (agreement_id, asset_id) DO UPDATE SET jobs = jobs + 1`)
  const removeResult = database.prepare('DELETE FROM results WHERE job_id = ?')
  const removeJob = database.prepare('DELETE FROM jobs WHERE id = ?')
  const removeTransfer = database.prepare('DELETE FROM transfers WHERE id = ?')

  return async (jobId, by = service) =>
    inTransaction(database, () => {
      const row = selectJob.get(jobId)
      if (row === undefined) return 'unknown'
      const job = jobOf(row).value
      const transferRow = job.origin.kind === 'transfer' ? selectTransfer.get(job.origin.transferId) : undefined
      const transfer = transferRow === undefined ? undefined : transferOf(transferRow).value
      const live =
        !isFinal(job) ||
        job.attempts.some(({ removed }) => !removed) ||
        openResult.get(jobId) !== undefined ||
        (transfer !== undefined && (transfer.state !== 'ended' || waiting.get(transfer.id) !== undefined))
      if (live) return 'live'
      countOn.run(jobId)
      removeResult.run(jobId)
      removeJob.run(jobId)
      if (transfer?.jobId === jobId) removeTransfer.run(transfer.id)
      audit.appendHere([
        {
          ...by,
          action: 'job.forgotten',
          object: { kind: 'job', id: jobId },
          jobId,
          outcome: 'done',
          detail: { assetId: job.assetId },
        },
      ])
      return 'forgotten'
    })
}
