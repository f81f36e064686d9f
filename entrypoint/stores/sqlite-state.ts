import type { DatabaseSync } from 'node:sqlite'
import { service } from '../../core/audit/entry.ts'
import { auditOfAcceptance, auditOfChange, type Before } from '../../core/audit/of-change.ts'
import { auditOfExpiry, auditOfRemoval } from '../../core/audit/of-result.ts'
import type { Job } from '../../core/job/job.ts'
import type { Accepted, Change, DueWork, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { jobColumns } from './job-columns.ts'
import { usageOfEnd } from '../../core/usage/of-job.ts'
import type { StatePort } from './ports.ts'
import { sha256 } from './sha256.ts'
import type { AuditTable } from './sqlite-audit.ts'
import { requirements } from './sqlite-requirements.ts'
import type { UsageTable } from './sqlite-usage.ts'
import { readablePage } from './readable-page.ts'
import { callbackOf, jobOf, resultOf, transferOf } from './rows.ts'
import type { WorkTable } from './sqlite-work.ts'
import { Abandoned, inTransaction } from './transaction.ts'

/** Jobs, transfers, results and callbacks, which change together, with what the audit log and the usage records tell of it. */
export function stateTables(database: DatabaseSync, work: WorkTable, audit: AuditTable, usage: UsageTable): StatePort {
  const insertTransfer = database.prepare(
    'INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING',
  )
  const selectOffered = database.prepare(
    'SELECT 1 FROM assets WHERE id = ? AND enabled = 1 AND removed_at IS NULL LIMIT 1',
  )
  const sameTransfer = database.prepare(
    'SELECT * FROM transfers WHERE connector_id = ? AND process_id = ? AND definition_id = ?',
  )
  const processTransfers = database.prepare('SELECT * FROM transfers WHERE connector_id = ? AND process_id = ?')
  const selectTransfer = database.prepare('SELECT * FROM transfers WHERE id = ?')
  const updateTransfer = database.prepare(
    'UPDATE transfers SET body = ?, revision = revision + 1 WHERE id = ? AND revision = ?',
  )
  const insertJob = database.prepare(
    'INSERT INTO jobs (asset_version, agreement_id, consumer_id, state, holds_slot, waits, body, id, asset_id, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)',
  )
  const selectJob = database.prepare('SELECT * FROM jobs WHERE id = ?')
  const updateJob = database.prepare(
    'UPDATE jobs SET asset_version = ?, agreement_id = ?, consumer_id = ?, state = ?, holds_slot = ?, waits = ?, body = ?, revision = revision + 1 WHERE id = ? AND revision = ?',
  )
  const listJobs = database.prepare(`
    SELECT * FROM jobs
    WHERE (?1 IS NULL OR asset_id = ?1) AND (?2 IS NULL OR state = ?2)
      AND (?3 IS NULL OR sequence < (SELECT sequence FROM jobs WHERE id = ?3))
    ORDER BY sequence DESC LIMIT ?4`)
  const required = requirements(database)
  const insertResult = database.prepare(
    'INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const selectResult = database.prepare('SELECT * FROM results WHERE job_id = ?')
  const markExpires = database.prepare('UPDATE results SET expires_at = ? WHERE job_id = ? AND removed_at IS NULL')
  const markRemoved = database.prepare('UPDATE results SET removed_at = ? WHERE job_id = ? AND removed_at IS NULL')
  const insertCallback = database.prepare(
    'INSERT INTO callbacks (id, transfer_id, connector_id, message, created_at) VALUES (?, ?, ?, ?, ?)',
  )
  const selectCallback = database.prepare('SELECT * FROM callbacks WHERE id = ?')
  const removeCallback = database.prepare('DELETE FROM callbacks WHERE id = ?')

  const addJob = (job: Job): void => {
    insertJob.run(...columnsOf(job), job.id, job.assetId)
  }
  const saveJob = ({ value, revision }: Versioned<Job>): void => {
    const { changes } = updateJob.run(...columnsOf(value), value.id, revision)
    if (changes === 0) throw new Abandoned('stale')
  }
  const saveTransfer = ({ value, revision }: Versioned<Transfer>): void => {
    const { changes } = updateTransfer.run(JSON.stringify(value), value.id, revision)
    if (changes === 0) throw new Abandoned('stale')
  }
  const seenBefore = ({ job, transfer, doneCallback }: Change): Before => {
    const jobRow = job === undefined ? undefined : selectJob.get(job.value.id)
    const transferRow = transfer === undefined ? undefined : selectTransfer.get(transfer.value.id)
    const callbackRow = doneCallback === undefined ? undefined : selectCallback.get(doneCallback)
    return {
      ...(jobRow === undefined ? {} : { job: jobOf(jobRow).value }),
      ...(transferRow === undefined ? {} : { transfer: transferOf(transferRow).value }),
      ...(callbackRow === undefined ? {} : { callback: callbackOf(callbackRow) }),
    }
  }
  const note = (before: Before, change: Change): void => {
    audit.appendHere(auditOfChange(before, change, sha256))
    const end = change.job === undefined ? undefined : usageOfEnd(before.job, change.job.value)
    if (end !== undefined) usage.addHere(end)
    if (change.usage !== undefined) usage.addHere(change.usage)
  }
  const write = (change: Change): Before => {
    if (change.holder !== undefined && !work.isHeld(change.holder)) throw new Abandoned('stale')
    const broken = required.broken(change)
    if (broken !== undefined) throw new Abandoned(broken)
    const { job, newJob, transfer, result } = change
    const before = seenBefore(change)
    if (job !== undefined) saveJob(job)
    if (job !== undefined && change.require?.kind === 'slot') required.takeTurn(job.value.id)
    if (newJob !== undefined) addJob(newJob)
    if (transfer !== undefined) saveTransfer(transfer)
    if (result !== undefined) {
      insertResult.run(
        result.jobId,
        result.transferId ?? null,
        result.attempt,
        JSON.stringify(result.manifest),
        result.registeredAt,
        result.expiresAt ?? null,
      )
    }
    for (const { id, transferId, connectorId, message, createdAt } of change.callbacks ?? []) {
      insertCallback.run(id, transferId, connectorId, JSON.stringify(message), createdAt)
    }
    if (change.doneCallback !== undefined) removeCallback.run(change.doneCallback)
    for (const item of change.wake ?? []) work.wakeHere(item)
    note(before, change)
    return before
  }

  const acceptedBefore = ({ connectorId, processId, definitionId }: Transfer): Accepted | undefined => {
    const row = sameTransfer.get(connectorId, processId, definitionId)
    return row === undefined ? undefined : { transfer: transferOf(row).value, created: false }
  }
  const acceptHere = (transfer: Transfer, job: Job, wake: readonly DueWork[]): Accepted => {
    const { id, connectorId, processId, definitionId } = transfer
    const { changes } = insertTransfer.run(id, connectorId, processId, definitionId, JSON.stringify(transfer))
    if (changes === 0) {
      const before = acceptedBefore(transfer)
      if (before === undefined) throw new Error(`the id ${id} is taken by another transfer`)
      return before
    }
    addJob(job)
    for (const item of wake) work.wakeHere(item)
    audit.appendHere([auditOfAcceptance(transfer)])
    return { transfer, created: true }
  }

  return {
    async accept(transfer, job, wake) {
      return inTransaction(database, () => acceptHere(transfer, job, wake))
    },
    async acceptOffered(transfer, job, wake) {
      return inTransaction(database, () => {
        const offered = selectOffered.get(job.assetId) !== undefined
        return offered ? acceptHere(transfer, job, wake) : acceptedBefore(transfer)
      })
    },
    async job(id) {
      const row = selectJob.get(id)
      return row === undefined ? undefined : jobOf(row)
    },
    async transfer(id) {
      const row = selectTransfer.get(id)
      return row === undefined ? undefined : transferOf(row)
    },
    async transfersOfProcess(connectorId, processId) {
      return processTransfers.all(connectorId, processId).map((row) => transferOf(row).value)
    },
    async result(jobId) {
      const row = selectResult.get(jobId)
      return row === undefined ? undefined : resultOf(row)
    },
    async callback(id) {
      const row = selectCallback.get(id)
      return row === undefined ? undefined : callbackOf(row)
    },
    async listJobs({ assetId, state, before, limit }) {
      const read = async (from: string | undefined, most: number) =>
        listJobs.all(assetId ?? null, state ?? null, from ?? null, most)
      return readablePage(limit, before, read, (row) => jobOf(row).value)
    },
    async commit(change) {
      try {
        const before = inTransaction(database, () => write(change))
        change.seen?.(before)
        return 'done'
      } catch (error) {
        if (error instanceof Abandoned) return error.outcome
        throw error
      }
    },
    async markResult(jobId, { expiresAt, removedAt, erased, reason, by = service }) {
      inTransaction(database, () => {
        const row = selectResult.get(jobId)
        if (row === undefined || row['removed_at'] !== null) return
        const before = resultOf(row)
        if (expiresAt !== undefined && expiresAt !== before.expiresAt) {
          markExpires.run(expiresAt, jobId)
          audit.appendHere([auditOfExpiry(jobId, expiresAt, by, reason)])
        }
        if (removedAt !== undefined) {
          markRemoved.run(removedAt, jobId)
          audit.appendHere([auditOfRemoval(jobId, before.attempt, erased, by)])
        }
      })
    },
  }
}

type Columns = [
  version: string | null,
  agreement: string | null,
  consumer: string | null,
  state: string,
  holdsSlot: number,
  waits: number,
  body: string,
]

/** In the order of the statements above. */
function columnsOf(job: Job): Columns {
  const { assetVersion, agreementId, consumerId, state, holdsSlot, waits } = jobColumns(job)
  return [assetVersion, agreementId, consumerId, state, holdsSlot ? 1 : 0, waits ? 1 : 0, JSON.stringify(job)]
}
