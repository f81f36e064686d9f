import type { ChainPlace, SealedEntry } from '../../core/audit/chain.ts'
import type { Row } from './rows.ts'

/** A place in the chain from its row; columns have the same names in both databases. */
export function placeIn(row: Row): ChainPlace {
  return { sequence: Number(row['sequence']), hash: String(row['hash']) }
}

/** A sealed entry from its row. */
export function sealedOf(row: Row): SealedEntry {
  const body = String(row['body'])
  return { entry: JSON.parse(body), body, hash: String(row['hash']) }
}

/** A moment as the entries hold it, which compare as texts. */
export function isoOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString()
}
