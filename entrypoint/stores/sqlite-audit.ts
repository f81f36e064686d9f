import type { DatabaseSync } from 'node:sqlite'
import { seal } from '../../core/audit/chain.ts'
import type { AuditDraft } from '../../core/audit/entry.ts'
import type { AuditHead } from '../../core/audit/query.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { isoOf, placeIn, sealedOf } from './audit-rows.ts'
import { sha256 } from './sha256.ts'
import { inTransaction } from './transaction.ts'

/** The audit log's tables, as the rest of the SQLite store uses them. */
export interface AuditTable {
  readonly port: AuditStore
  /** Appends entries inside a transaction of the caller's. */
  appendHere(drafts: readonly AuditDraft[]): void
}

/** The audit log: entries chained by their hashes. Triggers keep anybody from changing or removing one but by `pruneAudit`. */
export function auditTable(database: DatabaseSync, clock: Clock): AuditTable {
  const insert = database.prepare('INSERT INTO audit (sequence, body, hash) VALUES (?, ?, ?)')
  const moveHead = database.prepare('UPDATE audit_head SET sequence = ?, hash = ?')
  const selectHead = database.prepare('SELECT * FROM audit_head')
  const select = (order: 'ASC' | 'DESC', behind: '>' | '<') =>
    database.prepare(`
      SELECT body, hash FROM audit
      WHERE (?1 IS NULL OR sequence ${behind} ?1) AND (?2 IS NULL OR action = ?2)
        AND (?3 IS NULL OR actor_kind = ?3) AND (?4 IS NULL OR actor_id = ?4)
        AND (?5 IS NULL OR object_kind = ?5) AND (?6 IS NULL OR object_id = ?6 OR job_id = ?6)
        AND (?7 IS NULL OR at >= ?7) AND (?8 IS NULL OR at < ?8)
      ORDER BY sequence ${order} LIMIT ?9`)
  const oldestFirst = select('ASC', '>')
  const newestFirst = select('DESC', '<')
  const firstKept = database.prepare('SELECT min(sequence) AS sequence FROM audit WHERE at >= ?')
  const place = database.prepare('SELECT sequence, hash FROM audit WHERE sequence = ?')
  const movePruned = database.prepare('UPDATE audit_head SET pruned_sequence = ?, pruned_hash = ?')
  const removeUpTo = database.prepare('DELETE FROM audit WHERE sequence <= ?')

  const head = (): AuditHead => {
    const row = selectHead.get()
    if (row === undefined) throw new Error('the audit log of the database has no head')
    return {
      last: placeIn(row),
      pruned: { sequence: Number(row['pruned_sequence']), hash: String(row['pruned_hash']) },
    }
  }
  const appendHere = (drafts: readonly AuditDraft[]): void => {
    if (drafts.length === 0) return
    const sealed = seal(head().last, drafts, clock.now(), sha256)
    for (const { entry, body, hash } of sealed) {
      insert.run(entry.sequence, body, hash)
      moveHead.run(entry.sequence, hash)
    }
  }
  const port: AuditStore = {
    async appendAudit(drafts) {
      if (drafts.length > 0) inTransaction(database, () => appendHere(drafts))
    },
    async auditEntries({ order, after, limit, action, actorKind, actorId, objectKind, objectId, from, to }) {
      const statement = order === 'oldest-first' ? oldestFirst : newestFirst
      const what = [after, action, actorKind, actorId, objectKind, objectId, isoOf(from), isoOf(to)]
      return statement.all(...what.map((value) => value ?? null), limit).map(sealedOf)
    },
    async auditHead() {
      return head()
    },
    async pruneAudit(before) {
      return inTransaction(database, () => {
        const { last, pruned } = head()
        const kept = firstKept.get(isoOf(before) ?? '')?.['sequence']
        const through = typeof kept === 'number' ? kept - 1 : last.sequence
        const row = place.get(through)
        if (row === undefined || through <= pruned.sequence) return 0
        const { sequence, hash } = placeIn(row)
        movePruned.run(sequence, hash)
        removeUpTo.run(sequence)
        appendHere([
          {
            actor: { kind: 'service' },
            action: 'log.pruned',
            object: { kind: 'log', id: 'audit' },
            outcome: 'done',
            detail: { through: sequence, hash, entries: sequence - pruned.sequence },
          },
        ])
        return sequence - pruned.sequence
      })
    },
  }
  return { port, appendHere }
}
