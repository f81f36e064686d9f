import type { DatabaseSync } from 'node:sqlite'
import type { Ids } from '../../core/ports/clock.ts'
import type { DueWork, Store, WorkItem, WorkKind } from '../../core/ports/store.ts'
import { inTransaction } from './transaction.ts'

type WorkPort = Pick<Store, 'wake' | 'wakeQueued' | 'claim' | 'finish' | 'nextDue' | 'releaseLeases'>

/** The table of what is due, as the rest of the SQLite store uses it. */
export interface WorkTable {
  readonly port: WorkPort
  /** Makes an item due inside a transaction of the caller's. */
  wakeHere(item: DueWork): void
}

/** Work that is due: one row per job, transfer, callback or expiry, leased while somebody is at it. */
export function workTable(database: DatabaseSync, ids: Ids): WorkTable {
  const wakeOne = database.prepare(`
    INSERT INTO work (kind, key, due_at) VALUES (?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET
      due_at = min(due_at, excluded.due_at),
      woken = CASE WHEN lease IS NULL THEN woken ELSE 1 END`)
  const wakeQueued = database.prepare(`
    UPDATE work SET due_at = min(due_at, ?), woken = CASE WHEN lease IS NULL THEN woken ELSE 1 END
    WHERE kind = 'job' AND key IN (SELECT id FROM jobs WHERE asset_id = ? AND state = 'queued')`)
  const claim = database.prepare(`
    UPDATE work SET lease = ?, lease_until = ?, woken = 0
    WHERE rowid IN (SELECT rowid FROM work WHERE due_at <= ? AND (lease IS NULL OR lease_until <= ?) ORDER BY due_at LIMIT ?)
    RETURNING kind, key, failures, due_at`)
  const woken = database.prepare('SELECT woken FROM work WHERE kind = ? AND key = ? AND lease = ?')
  const release = database.prepare(
    'UPDATE work SET lease = NULL, lease_until = NULL, woken = 0, failures = ?, due_at = ? WHERE kind = ? AND key = ? AND lease = ?',
  )
  const remove = database.prepare('DELETE FROM work WHERE kind = ? AND key = ? AND lease = ?')
  const next = database.prepare(
    'SELECT min(CASE WHEN lease IS NULL THEN due_at ELSE max(due_at, lease_until) END) AS due FROM work',
  )
  const releaseAll = database.prepare(
    'UPDATE work SET lease = NULL, lease_until = NULL, woken = 0 WHERE lease IS NOT NULL',
  )

  const wakeHere = ({ kind, key, dueAt }: DueWork): void => {
    wakeOne.run(kind, key, dueAt)
  }
  const port: WorkPort = {
    async wake(items) {
      if (items.length > 0) inTransaction(database, () => items.forEach(wakeHere))
    },
    async wakeQueued(assetId, now) {
      wakeQueued.run(now, assetId)
    },
    async claim(now, limit, leaseMs) {
      const lease = ids.next()
      // RETURNING gives rows in no order of its own.
      const rows = claim
        .all(lease, now + leaseMs, now, now, limit)
        .toSorted((a, b) => Number(a['due_at']) - Number(b['due_at']))
      return rows.map(
        (row): WorkItem => ({
          kind: kindOf(row['kind']),
          key: String(row['key']),
          failures: Number(row['failures']),
          lease,
        }),
      )
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
    async nextDue() {
      const due = next.get()?.['due']
      return typeof due === 'number' ? due : undefined
    },
    async releaseLeases() {
      releaseAll.run()
    },
  }
  return { port, wakeHere }
}

const kinds: readonly WorkKind[] = ['job', 'transfer', 'callback', 'expire']

function kindOf(value: unknown): WorkKind {
  const kind = kinds.find((known) => known === value)
  if (kind === undefined) throw new Error(`the store holds work of an unknown kind: ${String(value)}`)
  return kind
}
