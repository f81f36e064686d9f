import type { SealedEntry } from '../audit/chain.ts'
import type { AuditDraft } from '../audit/entry.ts'
import type { AuditHead, AuditQuery } from '../audit/query.ts'

/**
 * The audit log. Every other method that changes something writes its entries itself, in the same transaction (core/audit/of-change.ts
 * and core/audit/of-asset.ts say which); a process that is killed leaves both or neither.
 */
export interface AuditStore {
  /** Appends entries about what is no change of the store: refusals, reads, what was done in a connector. */
  appendAudit(drafts: readonly AuditDraft[]): Promise<void>
  /** A page of entries, every one that was written before the call included. */
  auditEntries(query: AuditQuery): Promise<readonly SealedEntry[]>
  auditHead(): Promise<AuditHead>
  /**
   * Removes entries older than a time, from the beginning of the log on and without gaps, and appends an entry that says so.
   * @param before milliseconds since 1970
   * @returns how many were removed
   */
  pruneAudit(before: number): Promise<number>
}
