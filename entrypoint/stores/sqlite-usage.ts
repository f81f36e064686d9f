import type { DatabaseSync } from 'node:sqlite'
import type { UsageStore } from '../../core/ports/usage-store.ts'
import { subjectOf } from '../../core/usage/of-job.ts'
import type { UsageGroup } from '../../core/usage/query.ts'
import type { UsageRecord } from '../../core/usage/record.ts'
import { jobOf } from './rows.ts'
import { inTransaction } from './transaction.ts'
import {
  filterValues,
  placeValues,
  usageColumns,
  usageDay,
  usageRecordOf,
  usageTotalsOf,
  usageValues,
} from './usage-rows.ts'

/** The usage records, as the rest of the SQLite store uses them. */
export interface UsageTable {
  readonly port: UsageStore
  /** Adds a record inside a transaction of the caller's; one that is there stays. */
  addHere(record: UsageRecord): void
}

const where = `
  (?1 IS NULL OR agreement_id = ?1) AND (?2 IS NULL OR asset_id = ?2) AND (?3 IS NULL OR consumer_id = ?3)
  AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR at < ?5)`

/** What each group is told by. */
const groupColumns = {
  agreement: 'agreement_id',
  asset: 'asset_id',
  consumer: 'consumer_id',
  all: 'NULL',
} as const satisfies Record<UsageGroup, string>

/** Usage records: one row per attempt, per end of a job, and per job and day of delivery. */
export function usageTable(database: DatabaseSync): UsageTable {
  const insert = database.prepare(`
    INSERT INTO usage (${usageColumns})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
  const deliver = database.prepare(`
    INSERT INTO usage (kind, job_id, number, at, asset_id, asset_version, agreement_id, consumer_id, connector_id,
      delivered_bytes, deliveries)
    VALUES ('delivery', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (job_id, kind, number) DO UPDATE SET at = max(at, excluded.at),
      delivered_bytes = delivered_bytes + excluded.delivered_bytes, deliveries = deliveries + excluded.deliveries`)
  const selectJob = database.prepare('SELECT * FROM jobs WHERE id = ?')
  const records = database.prepare(`
    SELECT * FROM usage WHERE ${where} AND (?6 IS NULL OR (at, job_id, kind, number) > (?6, ?7, ?8, ?9))
    ORDER BY at, job_id, kind, number LIMIT ?10`)
  const totals = (column: string) =>
    database.prepare(`
      SELECT ${column} AS key,
        sum(kind = 'job' AND outcome = 'succeeded') AS succeeded, sum(kind = 'job' AND outcome = 'failed') AS failed,
        sum(kind = 'job' AND outcome = 'cancelled') AS cancelled, sum(kind = 'attempt') AS attempts,
        sum(cpu_seconds) AS cpu_seconds, sum(memory_gib_seconds) AS memory_gib_seconds, sum(gpu_seconds) AS gpu_seconds,
        sum(fetched_bytes) AS fetched_bytes, sum(stored_bytes) AS stored_bytes,
        sum(delivered_bytes) AS delivered_bytes, sum(deliveries) AS deliveries
      FROM usage WHERE ${where} AND (?6 IS NULL OR ${column} > ?6) GROUP BY 1 ORDER BY 1 LIMIT ?7`)
  const totalsBy = {
    agreement: totals(groupColumns.agreement),
    asset: totals(groupColumns.asset),
    consumer: totals(groupColumns.consumer),
    all: totals(groupColumns.all),
  }

  const port: UsageStore = {
    async addDeliveries(delivered) {
      inTransaction(database, () => {
        for (const { jobId, bytes, deliveries, at } of delivered) {
          const row = selectJob.get(jobId)
          if (row === undefined) continue
          const { assetId, assetVersion, agreementId, consumerId, connectorId } = subjectOf(jobOf(row).value)
          const subject = [assetId, assetVersion, agreementId, consumerId, connectorId] as const
          deliver.run(jobId, usageDay(at), at, ...subject, bytes, deliveries)
        }
      })
    },
    async usageTotals(filter, group, { after, limit }) {
      return totalsBy[group].all(...filterValues(filter), after ?? null, limit).map(usageTotalsOf)
    },
    async usageRecords(filter, { after, limit }) {
      return records.all(...filterValues(filter), ...placeValues(after), limit).map(usageRecordOf)
    },
  }
  return {
    port,
    addHere(record) {
      insert.run(...usageValues(record))
    },
  }
}
