import type { DatabaseSync } from 'node:sqlite'
import { holdsSlot, type Job } from '../../core/job/job.ts'
import type { Change, CommitOutcome, Store, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { callbackOf, jobOf, resultOf, transferOf } from './rows.ts'
import type { WorkTable } from './sqlite-work.ts'
import { Abandoned, inTransaction } from './transaction.ts'

type StatePort = Pick<
  Store,
  'accept' | 'job' | 'transfer' | 'transfersOfProcess' | 'result' | 'callback' | 'listJobs' | 'commit' | 'markResult'
>

/** Jobs, transfers, results and callbacks, which change together. */
export function stateTables(database: DatabaseSync, work: WorkTable): StatePort {
  const insertTransfer = database.prepare(
    'INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING',
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
    'INSERT INTO jobs (id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (?, ?, ?, ?, ?, ?, ?, 1)',
  )
  const selectJob = database.prepare('SELECT * FROM jobs WHERE id = ?')
  const updateJob = database.prepare(
    'UPDATE jobs SET asset_version = ?, agreement_id = ?, state = ?, holds_slot = ?, body = ?, revision = revision + 1 WHERE id = ? AND revision = ?',
  )
  const listJobs = database.prepare(`
    SELECT * FROM jobs
    WHERE (?1 IS NULL OR asset_id = ?1) AND (?2 IS NULL OR state = ?2)
      AND (?3 IS NULL OR sequence < (SELECT sequence FROM jobs WHERE id = ?3))
    ORDER BY sequence DESC LIMIT ?4`)
  const slots = database.prepare('SELECT count(*) AS taken FROM jobs WHERE asset_id = ? AND holds_slot = 1 AND id <> ?')
  const agreements = database.prepare(
    'SELECT count(*) AS taken FROM jobs WHERE agreement_id = ? AND asset_id = ? AND id <> ?',
  )
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
    const [version, agreement] = termsOf(job)
    insertJob.run(job.id, job.assetId, version, agreement, job.state, holdsSlot(job) ? 1 : 0, JSON.stringify(job))
  }
  const saveJob = ({ value, revision }: Versioned<Job>): void => {
    const [version, agreement] = termsOf(value)
    const { changes } = updateJob.run(
      version,
      agreement,
      value.state,
      holdsSlot(value) ? 1 : 0,
      JSON.stringify(value),
      value.id,
      revision,
    )
    if (changes === 0) throw new Abandoned<CommitOutcome>('stale')
  }
  const saveTransfer = ({ value, revision }: Versioned<Transfer>): void => {
    const { changes } = updateTransfer.run(JSON.stringify(value), value.id, revision)
    if (changes === 0) throw new Abandoned<CommitOutcome>('stale')
  }
  const requirementMet = ({ require, job }: Change): boolean => {
    if (require === undefined) return true
    const self = job?.value.id ?? ''
    const row =
      require.kind === 'slot'
        ? slots.get(require.assetId, self)
        : agreements.get(require.agreementId, require.assetId, self)
    return Number(row?.['taken']) < require.limit
  }
  const write = (change: Change): void => {
    if (!requirementMet(change)) throw new Abandoned<CommitOutcome>('unmet')
    const { job, newJob, transfer, result } = change
    if (job !== undefined) saveJob(job)
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
  }

  return {
    async accept(transfer, job, wake) {
      return inTransaction(database, () => {
        const { id, connectorId, processId, definitionId } = transfer
        const { changes } = insertTransfer.run(id, connectorId, processId, definitionId, JSON.stringify(transfer))
        if (changes === 0) {
          const row = sameTransfer.get(connectorId, processId, definitionId)
          if (row === undefined) throw new Error(`the id ${id} is taken by another transfer`)
          return { transfer: transferOf(row).value, created: false }
        }
        addJob(job)
        for (const item of wake) work.wakeHere(item)
        return { transfer, created: true }
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
      return listJobs.all(assetId ?? null, state ?? null, before ?? null, limit).map((row) => jobOf(row).value)
    },
    async commit(change) {
      try {
        inTransaction(database, () => write(change))
        return 'done'
      } catch (error) {
        if (error instanceof Abandoned && (error.outcome === 'stale' || error.outcome === 'unmet')) return error.outcome
        throw error
      }
    },
    async markResult(jobId, { expiresAt, removedAt }) {
      inTransaction(database, () => {
        if (expiresAt !== undefined) markExpires.run(expiresAt, jobId)
        if (removedAt !== undefined) markRemoved.run(removedAt, jobId)
      })
    },
  }
}

/** What a job is counted by. A repetition by an operator does not count against the agreement: the consumer did not ask for it. */
function termsOf(job: Job): [version: string | null, agreement: string | null] {
  const terms = 'terms' in job ? job.terms : undefined
  if (terms === undefined) return [null, null]
  return [terms.assetVersion, job.origin.retryOf === undefined ? terms.agreementId : null]
}
