import type { UsageStore } from '../../../core/ports/usage-store.ts'
import { subjectOf } from '../../../core/usage/of-job.ts'
import type { UsageGroup } from '../../../core/usage/query.ts'
import type { UsageRecord } from '../../../core/usage/record.ts'
import { jobOf } from '../rows.ts'
import {
  filterValues,
  placeValues,
  usageColumns,
  usageDay,
  usageRecordOf,
  usageTotalsOf,
  usageValues,
} from '../usage-rows.ts'
import type { Database, Statement, Value } from './database.ts'

const where = `
  ($1::text IS NULL OR agreement_id = $1) AND ($2::text IS NULL OR asset_id = $2) AND ($3::text IS NULL OR consumer_id = $3)
  AND ($4::bigint IS NULL OR at >= $4) AND ($5::bigint IS NULL OR at < $5)`

const insert: Statement = {
  name: 'insert-usage',
  text: `
    INSERT INTO usage (${usageColumns})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
    ON CONFLICT DO NOTHING`,
}
const deliver: Statement = {
  text: `
    INSERT INTO usage (kind, job_id, number, at, asset_id, asset_version, agreement_id, consumer_id, connector_id,
      delivered_bytes, deliveries)
    VALUES ('delivery', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (job_id, kind, number) DO UPDATE SET at = greatest(usage.at, excluded.at),
      delivered_bytes = usage.delivered_bytes + excluded.delivered_bytes, deliveries = usage.deliveries + excluded.deliveries`,
}
const selectJob: Statement = { name: 'job', text: 'SELECT body, revision FROM jobs WHERE id = $1' }
const records: Statement = {
  text: `
    SELECT ${usageColumns} FROM usage
    WHERE ${where} AND ($6::bigint IS NULL OR (at, job_id, kind, number) > ($6, $7, $8, $9::integer))
    ORDER BY at, job_id, kind, number LIMIT $10`,
}

/** What each group is told by. */
const groupColumns = {
  agreement: 'agreement_id',
  asset: 'asset_id',
  consumer: 'consumer_id',
  all: 'NULL::text',
} as const satisfies Record<UsageGroup, string>

const totals = (group: UsageGroup): Statement => ({
  text: `
    SELECT ${groupColumns[group]} AS key,
      count(*) FILTER (WHERE kind = 'job' AND outcome = 'succeeded') AS succeeded,
      count(*) FILTER (WHERE kind = 'job' AND outcome = 'failed') AS failed,
      count(*) FILTER (WHERE kind = 'job' AND outcome = 'cancelled') AS cancelled,
      count(*) FILTER (WHERE kind = 'attempt') AS attempts,
      sum(cpu_seconds) AS cpu_seconds, sum(memory_gib_seconds) AS memory_gib_seconds, sum(gpu_seconds) AS gpu_seconds,
      sum(fetched_bytes)::bigint AS fetched_bytes, sum(stored_bytes)::bigint AS stored_bytes,
      sum(delivered_bytes)::bigint AS delivered_bytes, sum(deliveries)::bigint AS deliveries
    FROM usage WHERE ${where} AND ($6::text IS NULL OR ${groupColumns[group]} > $6)
    GROUP BY 1 ORDER BY 1 NULLS FIRST LIMIT $7`,
})

/** What adds a record; one that is there stays. */
export function usageInsert(record: UsageRecord): [Statement, Value[]] {
  return [insert, [...usageValues(record)]]
}

/** Usage records: one row per attempt, per end of a job, and per job and day of delivery. */
export function usageTable(database: Database): UsageStore {
  return {
    async addDeliveries(delivered) {
      await database.transaction(async (connection) => {
        // In one order, so that two that count the same jobs do not wait for each other.
        for (const { jobId, bytes, deliveries, at } of delivered.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))) {
          const [row] = (await connection.run(selectJob, [jobId])).rows
          if (row === undefined) continue
          const { assetId, assetVersion, agreementId, consumerId, connectorId } = subjectOf(jobOf(row).value)
          const subject = [assetId, assetVersion, agreementId, consumerId, connectorId] as const
          await connection.run(deliver, [jobId, usageDay(at), at, ...subject, bytes, deliveries])
        }
      })
    },
    async usageTotals(filter, group, { after, limit }) {
      return (await database.run(totals(group), [...filterValues(filter), after ?? null, limit])).rows.map(
        usageTotalsOf,
      )
    },
    async usageRecords(filter, { after, limit }) {
      return (await database.run(records, [...filterValues(filter), ...placeValues(after), limit])).rows.map(
        usageRecordOf,
      )
    },
  }
}
