import type { Contender, Store } from '../../../core/ports/store.ts'
import type { Database, Statement } from './database.ts'

/** Who waits for a slot. It goes from one consumer of one asset to the next by the index, so it costs as much as there are consumers who wait. */
export function readLine(database: Database, present: string): Store['line'] {
  const contenders: Statement = {
    name: 'contenders',
    text: `
      WITH RECURSIVE pair AS (
        (SELECT asset_id, consumer_id FROM jobs WHERE waits = 1 ORDER BY asset_id, consumer_id LIMIT 1)
        UNION ALL
        SELECT next.asset_id, next.consumer_id FROM pair, LATERAL (
          SELECT asset_id, consumer_id FROM jobs
          WHERE waits = 1 AND (asset_id, consumer_id) > (pair.asset_id, pair.consumer_id)
          ORDER BY asset_id, consumer_id LIMIT 1) AS next
      ),
      asset AS MATERIALIZED (SELECT asset_id, count(*) AS running FROM jobs WHERE holds_slot = 1 GROUP BY asset_id),
      consumer AS MATERIALIZED (SELECT consumer_id, count(*) AS running FROM jobs WHERE holds_slot = 1 GROUP BY consumer_id)
      SELECT pair.asset_id, pair.consumer_id, waiting.id, waiting.asset_version, waiting.sequence,
        coalesce((SELECT due_at <= ${present} AND (lease IS NULL OR lease_until <= ${present})
          FROM work WHERE kind = 'job' AND key = waiting.id), FALSE)::integer AS due,
        coalesce(asset.running, 0) AS asset_running, coalesce(consumer.running, 0) AS consumer_running,
        (SELECT max(turn) FROM jobs WHERE jobs.consumer_id = pair.consumer_id AND turn IS NOT NULL) AS last_turn
      FROM pair LEFT JOIN asset USING (asset_id) LEFT JOIN consumer USING (consumer_id), LATERAL (
        SELECT id, asset_version, sequence FROM jobs
        WHERE waits = 1 AND asset_id = pair.asset_id AND consumer_id = pair.consumer_id
          -- A subquery, not a join: the planner would read all work there is for each consumer.
          AND (coalesce((SELECT failures FROM work WHERE kind = 'job' AND key = jobs.id), 0) = 0 OR id = $2)
        ORDER BY sequence LIMIT least($1, greatest(2, 64 / (SELECT count(*) FROM pair)))) AS waiting`,
  }
  const slots: Statement = { name: 'all-slots', text: 'SELECT count(*) AS running FROM jobs WHERE holds_slot = 1' }
  return async (_now, perConsumer, jobId = '') => {
    const [{ rows }, counted] = await Promise.all([database.run(contenders, [perConsumer, jobId]), database.run(slots)])
    return {
      running: Number(counted.rows[0]?.['running']),
      contenders: rows.map((row): Contender => {
        const turn = row['last_turn']
        return {
          jobId: String(row['id']),
          assetId: String(row['asset_id']),
          assetVersion: String(row['asset_version']),
          consumerId: String(row['consumer_id']),
          place: Number(row['sequence']),
          due: row['due'] === 1,
          assetRunning: Number(row['asset_running']),
          consumerRunning: Number(row['consumer_running']),
          ...(typeof turn === 'number' ? { lastTurn: turn } : {}),
        }
      }),
    }
  }
}
