import type { DatabaseSync } from 'node:sqlite'
import type { Contender, Store } from '../../core/ports/store.ts'

/** About how many jobs are shown altogether, and how many of each consumer and asset in any case. */
const [altogether, ofEach] = [64, 2]

/**
 * Who waits for a slot. It goes from one consumer of one asset to the next by the index, so it costs as much as there are consumers
 * who wait, however many jobs each has waiting.
 */
export function readLine(database: DatabaseSync): Store['line'] {
  const nextPair = database.prepare(`
    SELECT asset_id, consumer_id FROM jobs WHERE waits = 1 AND (asset_id, consumer_id) > (?, ?)
    ORDER BY asset_id, consumer_id LIMIT 1`)
  const oldest = database.prepare(`
    SELECT jobs.id, asset_version, sequence, due_at <= ?1 AND (lease IS NULL OR lease_until <= ?1) AS due
    FROM jobs LEFT JOIN work ON kind = 'job' AND key = jobs.id
    WHERE waits = 1 AND asset_id = ?2 AND consumer_id = ?3 AND (coalesce(failures, 0) = 0 OR jobs.id = ?4)
    ORDER BY sequence LIMIT ?5`)
  const counted = (sql: string) => {
    const statement = database.prepare(sql)
    return (...given: readonly string[]): number | undefined => {
      const value = statement.get(...given)?.['value']
      return typeof value === 'number' ? value : undefined
    }
  }
  const slots = counted('SELECT count(*) AS value FROM jobs WHERE holds_slot = 1')
  const slotsOfAsset = counted('SELECT count(*) AS value FROM jobs WHERE asset_id = ? AND holds_slot = 1')
  const slotsOfConsumer = counted('SELECT count(*) AS value FROM jobs WHERE consumer_id = ? AND holds_slot = 1')
  const lastTurn = counted('SELECT max(turn) AS value FROM jobs WHERE consumer_id = ? AND turn IS NOT NULL')

  const pairs = (): readonly Pair[] => {
    const found: Pair[] = []
    for (let last: Pair = ['', '']; ; ) {
      const row = nextPair.get(...last)
      if (row === undefined) return found
      last = [String(row['asset_id']), String(row['consumer_id'])]
      found.push(last)
    }
  }
  return async (now, perConsumer, jobId = '') => {
    const waiting = pairs()
    const shown = Math.min(perConsumer, Math.max(ofEach, Math.floor(altogether / waiting.length)))
    const running = new Map(waiting.map(([assetId]) => [assetId, 0]))
    for (const assetId of running.keys()) running.set(assetId, slotsOfAsset(assetId) ?? 0)
    const contenders = waiting.flatMap(([assetId, consumerId]) => {
      const turn = lastTurn(consumerId)
      const common = {
        assetId,
        consumerId,
        assetRunning: running.get(assetId) ?? 0,
        consumerRunning: slotsOfConsumer(consumerId) ?? 0,
        ...(turn === undefined ? {} : { lastTurn: turn }),
      }
      return oldest.all(now, assetId, consumerId, jobId, shown).map(
        (row): Contender => ({
          ...common,
          jobId: String(row['id']),
          assetVersion: String(row['asset_version']),
          place: Number(row['sequence']),
          due: row['due'] === 1,
        }),
      )
    })
    return { running: slots() ?? 0, contenders }
  }
}

type Pair = readonly [assetId: string, consumerId: string]
