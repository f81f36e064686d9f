import { service } from '../../../core/audit/entry.ts'
import { auditOfAcceptance, auditOfChange, type Before } from '../../../core/audit/of-change.ts'
import { auditOfExpiry, auditOfRemoval } from '../../../core/audit/of-result.ts'
import type { Job } from '../../../core/job/job.ts'
import type { Accepted, Change, DueWork, Versioned } from '../../../core/ports/store.ts'
import type { Transfer } from '../../../core/transfer/transfer.ts'
import { usageOfEnd } from '../../../core/usage/of-job.ts'
import type { StatePort } from '../ports.ts'
import { jobColumns } from '../job-columns.ts'
import { readablePage } from '../readable-page.ts'
import { callbackOf, jobOf, resultOf, transferOf } from '../rows.ts'
import { sha256 } from '../sha256.ts'
import { Abandoned } from '../transaction.ts'
import { offeredVersion } from './assets.ts'
import type { AuditTable } from './audit.ts'
import type { Connection, Database, HandOn, Statement, Value } from './database.ts'
import type { Release } from './release.ts'
import { brokenRequirement, takeTurn } from './requirements.ts'
import { usageInsert } from './usage.ts'
import { isHeldOn, wakeOn, wakeValues } from './work.ts'

const wholeJob = 'body, revision'

/** One statement, so one way to the database and back: transfer, job, due work and what the audit log says, or nothing where the message came before. */
const acceptAll: Statement = {
  name: 'accept',
  text: `
    WITH kept AS (
      INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision)
      SELECT $1, $2, $3, $4, $5, 1 WHERE NOT $20::boolean OR EXISTS (${offeredVersion('$7')})
      ON CONFLICT DO NOTHING RETURNING id
    ), job AS (
      INSERT INTO jobs (id, asset_id, asset_version, agreement_id, consumer_id, state, holds_slot, waits, body, revision)
      SELECT $6, $7, $8, $9, $10, $11, $12::integer, $13::integer, $14, 1 FROM kept
    ), due AS (
      INSERT INTO work (kind, key, due_at)
      SELECT kind, key, min(due_at) FROM kept, unnest($15::text[], $16::text[], $17::bigint[]) AS item (kind, key, due_at)
      GROUP BY kind, key ORDER BY kind, key
      ON CONFLICT (kind, key) DO UPDATE SET
        due_at = least(work.due_at, excluded.due_at), woken = greatest(work.woken, (work.lease IS NOT NULL)::integer)
    ), noted AS (
      INSERT INTO audit_pending (at, drafts) SELECT $18, $19 FROM kept
    )
    SELECT id FROM kept`,
}
const isOffered: Statement = { name: 'offered', text: offeredVersion('$1') }
const sameTransfer: Statement = {
  name: 'same-transfer',
  text: 'SELECT body, revision FROM transfers WHERE connector_id = $1 AND process_id = $2 AND definition_id = $3',
}
const processTransfers: Statement = {
  name: 'process-transfers',
  text: 'SELECT body, revision FROM transfers WHERE connector_id = $1 AND process_id = $2',
}
const selectTransfer: Statement = { name: 'transfer', text: 'SELECT body, revision FROM transfers WHERE id = $1' }
const updateTransfer: Statement = {
  name: 'update-transfer',
  text: 'UPDATE transfers SET body = $1, revision = revision + 1 WHERE id = $2 AND revision = $3',
}
const selectJob: Statement = { name: 'job', text: `SELECT ${wholeJob} FROM jobs WHERE id = $1` }
const insertJob: Statement = {
  name: 'insert-job',
  text: `
    INSERT INTO jobs (id, asset_id, asset_version, agreement_id, consumer_id, state, holds_slot, waits, body, revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`,
}
const updateJob: Statement = {
  name: 'update-job',
  text: `
    UPDATE jobs SET asset_version = $2, agreement_id = $3, consumer_id = $4, state = $5, holds_slot = $6, waits = $7, body = $8,
      revision = revision + 1
    WHERE id = $1 AND revision = $9`,
}
/** Not prepared: which index is the right one depends on what is asked. */
const listJobs: Statement = {
  text: `
    SELECT ${wholeJob} FROM jobs
    WHERE ($1::text IS NULL OR asset_id = $1) AND ($2::text IS NULL OR state = $2)
      AND ($3::text IS NULL OR sequence < (SELECT sequence FROM jobs WHERE id = $3))
    ORDER BY sequence DESC LIMIT $4`,
}
const insertResult: Statement = {
  name: 'insert-result',
  text: `
    INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)`,
}
const selectResult: Statement = {
  name: 'result',
  text: 'SELECT job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at FROM results WHERE job_id = $1',
}
const lockResult: Statement = { name: 'lock-result', text: `${selectResult.text} AND removed_at IS NULL FOR UPDATE` }
const markResult: Statement = {
  name: 'mark-result',
  text: 'UPDATE results SET expires_at = coalesce($2, expires_at), removed_at = coalesce($3, removed_at) WHERE job_id = $1',
}
/** What a change is about as it stands before the change. */
const selectBefore: Statement = {
  name: 'before',
  text: `
    SELECT (SELECT body FROM jobs WHERE id = $1) AS job, (SELECT body FROM transfers WHERE id = $2) AS transfer`,
}
const insertCallback: Statement = {
  name: 'insert-callback',
  text: 'INSERT INTO callbacks (id, transfer_id, connector_id, message, created_at) VALUES ($1, $2, $3, $4, $5)',
}
const selectCallback: Statement = {
  name: 'callback',
  text: 'SELECT id, transfer_id, connector_id, message, created_at FROM callbacks WHERE id = $1',
}
const removeCallback: Statement = { name: 'remove-callback', text: 'DELETE FROM callbacks WHERE id = $1' }

/** Jobs, transfers, results and callbacks, which change together, with what the audit log and the usage records tell of it. */
export function stateTables(database: Database, release: Release, audit: AuditTable): StatePort {
  /** What is told of a change, whole before the first of it is sent: a fault in here undoes the change. */
  const notes = (before: Before, change: Change): readonly [Statement, Value[]][] => {
    const end = change.job === undefined ? undefined : usageOfEnd(before.job, change.job.value)
    const records = [end, change.usage].filter((record) => record !== undefined)
    const drafts = auditOfChange(before, change, sha256)
    return [...records.map(usageInsert), ...(drafts.length === 0 ? [] : [audit.insertOf(drafts)])]
  }
  /**
   * What is checked and what is written leaves together: one way to the database and back, and the transaction is given up where a check
   * does not hold. Requirements do not count the job itself, so they may be looked at beside its writes.
   */
  const write = async (connection: Connection, change: Change, handOn: HandOn): Promise<Before> => {
    const { job, newJob, transfer, result, holder } = change
    const checks = Promise.all([
      holder === undefined ? true : isHeldOn(connection, holder),
      brokenRequirement(connection, change),
      seenBefore(connection, change),
    ])
    const writes: Promise<unknown>[] = []
    if (job !== undefined) writes.push(saveJob(connection, job))
    if (transfer !== undefined) writes.push(saveTransfer(connection, transfer))
    if (job !== undefined && change.require?.kind === 'slot') writes.push(takeTurn(connection, job.value.id))
    if (newJob !== undefined) writes.push(addJob(connection, newJob))
    if (result !== undefined) {
      const { jobId, transferId = null, attempt, manifest, registeredAt, expiresAt = null } = result
      const values = [jobId, transferId, attempt, JSON.stringify(manifest), registeredAt, expiresAt]
      writes.push(connection.run(insertResult, values))
    }
    for (const { id, transferId, connectorId, message, createdAt } of change.callbacks ?? []) {
      writes.push(connection.run(insertCallback, [id, transferId, connectorId, JSON.stringify(message), createdAt]))
    }
    if (change.doneCallback !== undefined) writes.push(connection.run(removeCallback, [change.doneCallback]))
    writes.push(wakeOn(connection, change.wake ?? []))
    const [[held, broken, before], written] = await Promise.all([checks, Promise.allSettled(writes)])
    if (!held) throw new Abandoned('stale')
    if (broken !== undefined) throw new Abandoned(broken)
    // In their order: what was stale is told before what failed for that reason.
    for (const one of written) if (one.status === 'rejected') throw one.reason
    for (const note of notes(before, change)) handOn(...note)
    return before
  }

  const accept = async (
    transfer: Transfer,
    job: Job,
    wake: readonly DueWork[],
    offered: boolean,
  ): Promise<Accepted | undefined> => {
    release.assertCurrent()
    const { id, connectorId, processId, definitionId } = transfer
    const text = JSON.stringify(transfer)
    const jobValues = [job.id, job.assetId, ...columnsOf(job)]
    const values = [
      id,
      connectorId,
      processId,
      definitionId,
      text,
      ...jobValues,
      ...wakeValues(wake),
      ...audit.draftValues([auditOfAcceptance(transfer)]),
      offered,
    ]
    if ((await database.run(acceptAll, values)).count > 0) return { transfer, created: true }
    const [row] = (await database.run(sameTransfer, [connectorId, processId, definitionId])).rows
    return row === undefined ? undefined : { transfer: transferOf(row).value, created: false }
  }

  return {
    async accept(transfer, job, wake) {
      return known(transfer, await accept(transfer, job, wake, false))
    },
    async acceptOffered(transfer, job, wake) {
      const accepted = await accept(transfer, job, wake, true)
      if (accepted !== undefined || (await database.run(isOffered, [job.assetId])).count === 0) return accepted
      // It was not offered before, or its id is taken: this tells which.
      return known(transfer, await accept(transfer, job, wake, false))
    },
    async job(id) {
      const [row] = (await database.run(selectJob, [id])).rows
      return row === undefined ? undefined : jobOf(row)
    },
    async transfer(id) {
      const [row] = (await database.run(selectTransfer, [id])).rows
      return row === undefined ? undefined : transferOf(row)
    },
    async transfersOfProcess(connectorId, processId) {
      const { rows } = await database.run(processTransfers, [connectorId, processId])
      return rows.map((row) => transferOf(row).value)
    },
    async result(jobId) {
      const [row] = (await database.run(selectResult, [jobId])).rows
      return row === undefined ? undefined : resultOf(row)
    },
    async callback(id) {
      const [row] = (await database.run(selectCallback, [id])).rows
      return row === undefined ? undefined : callbackOf(row)
    },
    async listJobs({ assetId, state, before, limit }) {
      const read = async (from: string | undefined, most: number) =>
        (await database.run(listJobs, [assetId ?? null, state ?? null, from ?? null, most])).rows
      return readablePage(limit, before, read, (row) => jobOf(row).value)
    },
    async commit(change) {
      try {
        const before = await database.transaction((connection, handOn) => write(connection, change, handOn))
        change.seen?.(before)
        return 'done'
      } catch (error) {
        if (error instanceof Abandoned) return error.outcome
        throw error
      }
    },
    async markResult(jobId, { expiresAt, removedAt, erased, reason, by = service }) {
      await database.transaction(async (connection) => {
        const [row] = (await connection.run(lockResult, [jobId])).rows
        if (row === undefined) return
        const before = resultOf(row)
        const expires = expiresAt !== undefined && expiresAt !== before.expiresAt
        await connection.run(markResult, [jobId, expiresAt ?? null, removedAt ?? null])
        await audit.appendOn(connection, [
          ...(expires ? [auditOfExpiry(jobId, expiresAt, by, reason)] : []),
          ...(removedAt === undefined ? [] : [auditOfRemoval(jobId, before.attempt, erased, by)]),
        ])
      })
    },
  }
}

function known({ id }: Transfer, accepted: Accepted | undefined): Accepted {
  if (accepted === undefined) throw new Error(`the id ${id} is taken by another transfer`)
  return accepted
}

/** A job's columns in the order of the statements above, the whole of it last. */
function columnsOf(job: Job): Value[] {
  const { assetVersion, agreementId, consumerId, state, holdsSlot, waits } = jobColumns(job)
  return [assetVersion, agreementId, consumerId, state, holdsSlot ? 1 : 0, waits ? 1 : 0, JSON.stringify(job)]
}

async function seenBefore(connection: Connection, { job, transfer, doneCallback }: Change): Promise<Before> {
  const ids = [job?.value.id ?? null, transfer?.value.id ?? null]
  const [found, calledBack] = await Promise.all([
    job === undefined && transfer === undefined ? undefined : connection.run(selectBefore, ids),
    doneCallback === undefined ? undefined : connection.run(selectCallback, [doneCallback]),
  ])
  const [row, done] = [found?.rows[0], calledBack?.rows ?? []]
  return {
    ...(typeof row?.['job'] === 'string' ? { job: jobOf({ body: row['job'], revision: 0 }).value } : {}),
    ...(typeof row?.['transfer'] === 'string'
      ? { transfer: transferOf({ body: row['transfer'], revision: 0 }).value }
      : {}),
    ...(done[0] === undefined ? {} : { callback: callbackOf(done[0]) }),
  }
}

async function addJob(connection: Connection, job: Job): Promise<void> {
  await connection.run(insertJob, [job.id, job.assetId, ...columnsOf(job)])
}

async function saveJob(connection: Connection, { value, revision }: Versioned<Job>): Promise<void> {
  const { count } = await connection.run(updateJob, [value.id, ...columnsOf(value), revision])
  if (count === 0) throw new Abandoned('stale')
}

async function saveTransfer(connection: Connection, { value, revision }: Versioned<Transfer>): Promise<void> {
  const { count } = await connection.run(updateTransfer, [JSON.stringify(value), value.id, revision])
  if (count === 0) throw new Abandoned('stale')
}
