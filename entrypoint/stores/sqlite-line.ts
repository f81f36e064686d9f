import type { DatabaseSync } from 'node:sqlite'
import type { Contender, Store } from '../../core/ports/store.ts'

/** About how many jobs are shown altogether, and how many of each consumer and asset in any case. */
const [altogether, ofEach] = [64, 2]

/** Of the waiting jobs that something holds for, the one that is first by an order. */
const first = (holds: string, order: string, from = ''): string => `
  (SELECT jobs.sequence FROM jobs WHERE jobs.waits = 1 AND ${holds} ${from} ORDER BY ${order} LIMIT 1)`

/** The first of the next consumer of an asset, or of the next asset. By two columns at once, SQLite would look at every job in between. */
const firstOfNext = (after: string, from = ''): string => `
  ${first(`jobs.asset_id = ${after}.asset_id AND jobs.consumer_id > ${after}.consumer_id`, 'jobs.consumer_id, jobs.sequence', from)},
  ${first(`jobs.asset_id > ${after}.asset_id`, 'jobs.asset_id, jobs.consumer_id, jobs.sequence', from)}`

/** A job whose work failed last time comes back by itself; ?2 is the one that asks. */
const sound = `
  AND (jobs.id = ?2 OR NOT EXISTS (SELECT 1 FROM work WHERE kind = 'job' AND key = jobs.id AND failures > 0))`

/** How many consumers of assets wait, but no more than are asked for. */
const countPairs = `
  WITH RECURSIVE pair (asset_id, consumer_id) AS (
    SELECT asset_id, consumer_id FROM jobs
      WHERE sequence = ${first('TRUE', 'jobs.asset_id, jobs.consumer_id, jobs.sequence')}
    UNION ALL
    SELECT next.asset_id, next.consumer_id
    FROM pair CROSS JOIN jobs AS next ON next.sequence = coalesce(${firstOfNext('pair')})
    LIMIT ?1)
  SELECT count(*) AS pairs FROM pair`

/** From job to job: so many of one consumer for one asset, then of the next. */
const walk = `
  WITH RECURSIVE walk (sequence, asset_id, consumer_id, nth) AS (
    SELECT sequence, asset_id, consumer_id, 1 FROM jobs
      WHERE sequence = ${first('TRUE', 'jobs.asset_id, jobs.consumer_id, jobs.sequence', sound)}
    UNION ALL
    SELECT next.sequence, next.asset_id, next.consumer_id,
      CASE WHEN next.asset_id = walk.asset_id AND next.consumer_id = walk.consumer_id THEN walk.nth + 1 ELSE 1 END
    FROM walk CROSS JOIN jobs AS next ON next.sequence = coalesce(
      CASE WHEN walk.nth < ?1 THEN ${first(
        'jobs.asset_id = walk.asset_id AND jobs.consumer_id = walk.consumer_id AND jobs.sequence > walk.sequence',
        'jobs.sequence',
        sound,
      )} END,
      ${firstOfNext('walk', sound)}))
  SELECT jobs.id, jobs.asset_id, jobs.asset_version, jobs.consumer_id, jobs.sequence, walk.nth,
    coalesce((SELECT due_at <= ?3 AND (lease IS NULL OR lease_until <= ?3) FROM work WHERE kind = 'job' AND key = jobs.id), 0),
    CASE walk.nth WHEN 1 THEN (SELECT max(turn) FROM jobs AS past WHERE past.consumer_id = jobs.consumer_id AND turn IS NOT NULL) END
  FROM walk CROSS JOIN jobs ON jobs.sequence = walk.sequence`

/**
 * Who waits for a slot. It goes from one consumer of one asset to the next by the index, so it costs as much as there are consumers
 * who wait, however many jobs each has waiting.
 */
export function readLine(database: DatabaseSync): Store['line'] {
  const pairs = database.prepare(countPairs)
  const contenders = database.prepare(walk)
  const slots = database.prepare(
    'SELECT asset_id, consumer_id, count(*) FROM jobs WHERE holds_slot = 1 GROUP BY asset_id, consumer_id',
  )
  contenders.setReturnArrays(true)
  slots.setReturnArrays(true)

  return async (now, perConsumer, jobId = '') => {
    const waiting = Number(pairs.get(altogether / ofEach)?.['pairs'])
    const shown = Math.min(perConsumer, Math.max(ofEach, Math.floor(altogether / Math.max(waiting, 1))))
    const ofAsset = new Map<string, number>()
    const ofConsumer = new Map<string, number>()
    let running = 0
    for (const row of slots.all()) {
      const [assetId, consumerId, held] = cells(row)
      running += Number(held)
      ofAsset.set(String(assetId), (ofAsset.get(String(assetId)) ?? 0) + Number(held))
      ofConsumer.set(String(consumerId), (ofConsumer.get(String(consumerId)) ?? 0) + Number(held))
    }
    let turn: unknown
    return {
      running,
      contenders: contenders.all(shown, jobId, now).map((row): Contender => {
        const [id, asset, version, consumer, sequence, nth, due, lastTurn] = cells(row)
        if (nth === 1) turn = lastTurn
        const [assetId, consumerId] = [String(asset), String(consumer)]
        return {
          jobId: String(id),
          assetId,
          assetVersion: String(version),
          consumerId,
          place: Number(sequence),
          due: due === 1,
          assetRunning: ofAsset.get(assetId) ?? 0,
          consumerRunning: ofConsumer.get(consumerId) ?? 0,
          ...(typeof turn === 'number' ? { lastTurn: turn } : {}),
        }
      }),
    }
  }
}

/** A row as a list, which thousands of are read quicker than objects; the types of Node know only objects. */
function cells(row: unknown): readonly unknown[] {
  return Array.isArray(row) ? row : []
}
