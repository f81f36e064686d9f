import { type ChainPlace, linkProblem, placeOf, type SealedEntry } from '../../core/audit/chain.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import { sha256 } from '../stores/sha256.ts'

/** Entries that are read at once. */
const pageSize = 1_000

/** What a check of the log found. */
export interface LogReport {
  /** Entries that were checked. */
  readonly entries: number
  /** Everything up to here was removed by the log's retention. */
  readonly pruned: ChainPlace
  /** Where the log ended when the check began. */
  readonly head: ChainPlace
  /** How many anchors were compared. */
  readonly anchors: number
  /** The first thing that is wrong; absent where nothing is. */
  readonly problem?: { readonly sequence: number; readonly message: string }
}

/**
 * Walks the log from its beginning to its end: each entry must follow the one before, its hash must fit, the end must be the one on
 * record, what was pruned must have its entry, and every anchor must lie in the chain.
 * @param anchors hashes by sequence, from outside the database
 */
export async function verifyLog(
  store: Pick<AuditStore, 'auditHead' | 'auditEntries'>,
  anchors: ReadonlyMap<number, string>,
): Promise<LogReport> {
  const { last: head, pruned } = await store.auditHead()
  const beyond = [...anchors.keys()].find((sequence) => sequence > head.sequence)
  let place = pruned
  let compared = 0
  let prunedOnRecord = pruned.sequence === 0
  const report = (): Omit<LogReport, 'problem'> => ({
    entries: place.sequence - pruned.sequence,
    pruned,
    head,
    anchors: compared,
  })
  const broken = (sequence: number, message: string): LogReport => ({ ...report(), problem: { sequence, message } })

  while (place.sequence < head.sequence) {
    const limit = Math.min(pageSize, head.sequence - place.sequence)
    const page = await store.auditEntries({ order: 'oldest-first', after: place.sequence, limit })
    if (page.length === 0) {
      // The log may have been pruned while we read.
      if ((await store.auditHead()).pruned.sequence !== pruned.sequence) return verifyLog(store, anchors)
      return broken(place.sequence + 1, `the log ends after entry ${place.sequence}, not ${head.sequence}`)
    }
    for (const sealed of page) {
      const problem = linkProblem(place, sealed, sha256)
      if (problem !== undefined) {
        if ((await store.auditHead()).pruned.sequence !== pruned.sequence) return verifyLog(store, anchors)
        return broken(place.sequence + 1, problem)
      }
      place = placeOf(sealed)
      const anchor = anchors.get(place.sequence)
      if (anchor !== undefined && anchor !== place.hash)
        return broken(place.sequence, `entry ${place.sequence} is another one than when it was anchored`)
      if (anchor !== undefined) compared += 1
      prunedOnRecord ||= tellsOf(sealed, pruned)
    }
  }
  if (place.hash !== head.hash) return broken(head.sequence, 'the last entry has another hash than the one on record')
  if (!prunedOnRecord)
    return broken(pruned.sequence, `no entry says that everything up to ${pruned.sequence} was pruned`)
  if (beyond !== undefined)
    return broken(head.sequence + 1, `the log ends at entry ${head.sequence}, but entry ${beyond} was anchored`)
  return report()
}

function tellsOf({ entry }: SealedEntry, pruned: ChainPlace): boolean {
  return (
    entry.action === 'log.pruned' &&
    entry.detail?.['through'] === pruned.sequence &&
    entry.detail['hash'] === pruned.hash
  )
}
