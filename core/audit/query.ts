import type { ChainPlace } from './chain.ts'
import type { AuditEntry } from './entry.ts'

/** Which entries are wanted. */
export interface AuditQuery {
  readonly order: 'newest-first' | 'oldest-first'
  /** Only entries behind this one in that order: its sequence number. */
  readonly after?: number
  readonly limit: number
  readonly action?: string
  readonly actorKind?: AuditEntry['actor']['kind']
  readonly actorId?: string
  readonly objectKind?: AuditEntry['object']['kind']
  /** The object's id, or the job that the entry belongs to. */
  readonly objectId?: string
  /** Not before, milliseconds since 1970. */
  readonly from?: number
  /** Before, milliseconds since 1970. */
  readonly to?: number
}

/** Where the log ends, and where it begins: everything up to `pruned` was removed when it was older than the log's retention. */
export interface AuditHead {
  readonly last: ChainPlace
  readonly pruned: ChainPlace
}
