import type { DatabaseSync } from 'node:sqlite'
import type { Ids } from '../../core/ports/clock.ts'
import type { DueWork, WorkItem, WorkKind } from '../../core/ports/store.ts'
import type { WorkPort } from './ports.ts'
import { inTransaction } from './transaction.ts'
import { apartMs, kindOf, putOffMs } from './work-kind.ts'

/** The table of what is due, as the rest of the SQLite store uses it. */
export interface WorkTable {
  readonly port: WorkPort
  /** Makes an item due inside a transaction of the caller's. */
  wakeHere(item: DueWork): void
  /** Whether a claim still holds. */
  isHeld(item: WorkItem): boolean
}

/** Work that is due: one row per job, transfer, callback or expiry, leased while somebody is at it. */
export function workTable(database: DatabaseSync, ids: Ids): WorkTable {
  const wakeOne = database.prepare(`
    INSERT INTO work (kind, key, due_at) VALUES (?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET
      due_at = min(due_at, excluded.due_at),
      woken = CASE WHEN lease IS NULL THEN woken ELSE 1 END`)
  const claim = database.prepare(`
    UPDATE work SET lease = ?1, lease_until = ?2, woken = 0
    WHERE rowid IN (
      SELECT rowid FROM work
      WHERE due_at <= ?3 AND (lease IS NULL OR lease_until <= ?3) AND (?5 IS NULL OR kind IN (SELECT value FROM json_each(?5)))
      ORDER BY due_at LIMIT ?4)
    RETURNING kind, key, failures, due_at`)
  const woken = database.prepare('SELECT woken FROM work WHERE kind = ? AND key = ? AND lease = ?')
  const renew = database.prepare('UPDATE work SET lease_until = ? WHERE kind = ? AND key = ? AND lease = ?')
  const release = database.prepare(
    'UPDATE work SET lease = NULL, lease_until = NULL, woken = 0, failures = ?, due_at = ? WHERE kind = ? AND key = ? AND lease = ?',
  )
  const remove = database.prepare('DELETE FROM work WHERE kind = ? AND key = ? AND lease = ?')
  const next = database.prepare(`
    SELECT min(CASE WHEN lease IS NULL THEN due_at ELSE max(due_at, lease_until) END) AS due FROM work
    WHERE ?1 IS NULL OR kind IN (SELECT value FROM json_each(?1))`)
  const bringForward = database.prepare(`
    UPDATE work SET due_at = ?1, woken = CASE WHEN lease IS NULL THEN woken ELSE 1 END
    WHERE due_at > ?1 AND (kind <> 'expire' OR failures > 0 OR due_at < ?2)`)
  const releaseLate = database.prepare(
    'UPDATE work SET lease = NULL, lease_until = NULL, woken = 0 WHERE lease_until > ?',
  )
  const releaseAll = database.prepare(
    'UPDATE work SET lease = NULL, lease_until = NULL, woken = 0 WHERE lease IS NOT NULL',
  )
  const wakeEndedJobs = database.prepare(`
    INSERT INTO work (kind, key, due_at)
    SELECT 'expire', id, ?1 + ${apartMs} * row_number() OVER () FROM jobs
    WHERE state IN ('succeeded', 'failed', 'cancelled') AND holds_slot = 0 AND (?2 = 'history' OR body NOT LIKE '%"logsRemovedAt":%')
    ON CONFLICT (kind, key) DO NOTHING`)
  const wakeEndedReceptions = database.prepare(`
    INSERT INTO work (kind, key, due_at)
    SELECT 'reception', id, ?1 + ${apartMs} * row_number() OVER () FROM receptions WHERE state = 'removed'
    ON CONFLICT (kind, key) DO NOTHING`)

  const wakeHere = ({ kind, key, dueAt }: DueWork): void => {
    wakeOne.run(kind, key, dueAt)
  }
  const port: WorkPort = {
    async wake(items) {
      if (items.length > 0) inTransaction(database, () => items.forEach(wakeHere))
    },
    async claim(now, limit, leaseMs, kinds) {
      const lease = ids.next()
      // RETURNING gives rows in no order of its own.
      const rows = claim
        .all(lease, now + leaseMs, now, limit, listOf(kinds))
        .toSorted((a, b) => Number(a['due_at']) - Number(b['due_at']))
      return rows.flatMap((row): readonly WorkItem[] => {
        const kind = kindOf(row['kind'])
        if (kind === undefined) return []
        return [{ kind, key: String(row['key']), failures: Number(row['failures']), lease }]
      })
    },
    async renew(items, now, leaseMs) {
      if (items.length === 0) return
      inTransaction(database, () => {
        for (const { kind, key, lease } of items) renew.run(now + leaseMs, kind, key, lease)
      })
    },
    async finish({ kind, key, lease }, dueAt, failures, now) {
      inTransaction(database, () => {
        const row = woken.get(kind, key, lease)
        if (row === undefined) return // the lease ran out and somebody else is at it
        if (row['woken'] === 1) release.run(failures, now, kind, key, lease)
        else if (dueAt === undefined) remove.run(kind, key, lease)
        else release.run(failures, dueAt, kind, key, lease)
      })
    },
    async nextDue(kinds) {
      const due = next.get(listOf(kinds))?.['due']
      return typeof due === 'number' ? due : undefined
    },
    async clockWentBack(now, byMs, leaseMs) {
      inTransaction(database, () => {
        bringForward.run(now, now + byMs + putOffMs)
        releaseLate.run(now + leaseMs)
      })
    },
    async releaseLeases() {
      releaseAll.run()
    },
    async wakeEnded(now, what) {
      inTransaction(database, () => {
        wakeEndedJobs.run(now, what)
        if (what === 'history') wakeEndedReceptions.run(now)
      })
    },
  }
  const isHeld = ({ kind, key, lease }: WorkItem): boolean => woken.get(kind, key, lease) !== undefined
  return { port, wakeHere, isHeld }
}

/** Kinds as the statements take them. */
function listOf(kinds: readonly WorkKind[] | undefined): string | null {
  return kinds === undefined ? null : JSON.stringify(kinds)
}
