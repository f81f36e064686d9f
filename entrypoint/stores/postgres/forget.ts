import { service } from '../../../core/audit/entry.ts'
import { isFinal } from '../../../core/job/job.ts'
import type { Store } from '../../../core/ports/store.ts'
import { jobOf, transferOf } from '../rows.ts'
import type { AuditTable } from './audit.ts'
import type { Database, Statement } from './database.ts'

const selectJob: Statement = { text: 'SELECT body, revision FROM jobs WHERE id = $1 FOR UPDATE' }
const selectTransfer: Statement = { text: 'SELECT body, revision FROM transfers WHERE id = $1 FOR UPDATE' }
const openResult: Statement = { text: 'SELECT 1 FROM results WHERE job_id = $1 AND removed_at IS NULL' }
const waiting: Statement = { text: 'SELECT 1 FROM callbacks WHERE transfer_id = $1 LIMIT 1' }
const countOn: Statement = {
  text: `
    INSERT INTO forgotten_jobs (agreement_id, asset_id, jobs)
    SELECT agreement_id, asset_id, 1 FROM jobs WHERE id = $1 AND agreement_id IS NOT NULL
    ON CONFLICT (agreement_id, asset_id) DO UPDATE SET jobs = forgotten_jobs.jobs + 1`,
}
const removeResult: Statement = { text: 'DELETE FROM results WHERE job_id = $1' }
const removeJob: Statement = { text: 'DELETE FROM jobs WHERE id = $1' }
const removeTransfer: Statement = { text: 'DELETE FROM transfers WHERE id = $1' }

/** Removes a job that is over from the history, with its result and, where it serves no other job, its transfer. */
export function forgetJob(database: Database, audit: AuditTable): Store['forgetJob'] {
  return (jobId, by = service) =>
    database.transaction(async (connection) => {
      const [row] = (await connection.run(selectJob, [jobId])).rows
      if (row === undefined) return 'unknown'
      const job = jobOf(row).value
      const [transferRow] =
        job.origin.kind === 'transfer' ? (await connection.run(selectTransfer, [job.origin.transferId])).rows : []
      const transfer = transferRow === undefined ? undefined : transferOf(transferRow).value
      const live =
        !isFinal(job) ||
        job.attempts.some(({ removed }) => !removed) ||
        (await connection.run(openResult, [jobId])).count > 0 ||
        (transfer !== undefined &&
          (transfer.state !== 'ended' || (await connection.run(waiting, [transfer.id])).count > 0))
      if (live) return 'live'
      await connection.run(countOn, [jobId])
      await connection.run(removeResult, [jobId])
      await connection.run(removeJob, [jobId])
      if (transfer?.jobId === jobId) await connection.run(removeTransfer, [transfer.id])
      const object = { kind: 'job', id: jobId } as const
      await audit.appendOn(connection, [
        { ...by, action: 'job.forgotten', object, jobId, outcome: 'done', detail: { assetId: job.assetId } },
      ])
      return 'forgotten'
    })
}
