import type { DueWork, WorkItem, WorkKind } from '../../../core/ports/store.ts'
import type { WorkPort } from '../ports.ts'
import { apartMs, kindOf, putOffMs } from '../work-kind.ts'
import type { Answer, Connection, Database, Statement } from './database.ts'
import type { Release } from './release.ts'

/** Sorted, like every statement that locks several items, so that no two wait for each other; one item may be named twice. */
const wakeItems: Statement = {
  name: 'wake',
  text: `
    INSERT INTO work (kind, key, due_at)
    SELECT kind, key, min(due_at) FROM unnest($1::text[], $2::text[], $3::bigint[]) AS item (kind, key, due_at)
    GROUP BY kind, key ORDER BY kind, key
    ON CONFLICT (kind, key) DO UPDATE SET
      due_at = least(work.due_at, excluded.due_at),
      woken = greatest(work.woken, (work.lease IS NOT NULL)::integer)`,
}

/** Makes items due, on its own or in a transaction of the caller's. */
export async function wakeOn(connection: Connection, items: readonly DueWork[]): Promise<void> {
  if (items.length > 0) await connection.run(wakeItems, wakeValues(items))
}

/**
 * Locks the item, so that nobody takes it over before this transaction is done. The weakest lock that a claim does not pass: whoever
 * only wakes the item must not wait, because this transaction may be about to wake his.
 */
const stillHeld: Statement = {
  name: 'still-held',
  text: 'SELECT 1 FROM work WHERE kind = $1 AND key = $2 AND lease = $3 FOR KEY SHARE',
}

/** Whether a claim still holds; it does until the end of the transaction. */
export async function isHeldOn(connection: Connection, { kind, key, lease }: WorkItem): Promise<boolean> {
  return (await connection.run(stillHeld, [kind, key, lease])).count > 0
}

/** Items as the statements take them: their kinds, keys and times. */
export function wakeValues(items: readonly DueWork[]): [kinds: string[], keys: string[], times: number[]] {
  return [items.map(({ kind }) => kind), items.map(({ key }) => key), items.map(({ dueAt }) => Math.round(dueAt))]
}

/**
 * Work that is due. Whether it is, and how long a lease holds, goes by the database's clock alone. The lease is a number that
 * grows with every claim.
 * @param present SQL that gives the present by the database's clock, in milliseconds since 1970
 */
export function workTable(database: Database, release: Release, present: string): WorkPort {
  const claim: Statement = {
    name: 'claim',
    text: `
      WITH free AS MATERIALIZED (
        SELECT kind, key FROM work
        WHERE due_at <= ${present} AND (lease IS NULL OR lease_until <= ${present})
          AND (SELECT version FROM schema_version) = $3 AND ($4::text[] IS NULL OR kind = ANY($4))
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
      ), term AS MATERIALIZED (SELECT nextval('work_terms') AS lease)
      UPDATE work SET lease = term.lease, lease_until = ${present} + $2, woken = 0
      FROM free, term WHERE work.kind = free.kind AND work.key = free.key
      RETURNING work.kind, work.key, work.failures, work.due_at, work.lease`,
  }
  const renew: Statement = {
    name: 'renew',
    text: `
      WITH held AS MATERIALIZED (
        SELECT work.kind, work.key FROM work
        JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS mine (kind, key, lease)
          ON work.kind = mine.kind AND work.key = mine.key AND work.lease = mine.lease
        ORDER BY work.kind, work.key FOR NO KEY UPDATE OF work
      )
      UPDATE work SET lease_until = ${present} + $4 FROM held WHERE work.kind = held.kind AND work.key = held.key`,
  }
  const remove: Statement = {
    name: 'remove-work',
    text: 'DELETE FROM work WHERE kind = $1 AND key = $2 AND lease = $3 AND woken = 0',
  }
  const giveBack: Statement = {
    name: 'give-back',
    text: `
      UPDATE work SET lease = NULL, lease_until = NULL, woken = 0, failures = $4,
        due_at = CASE WHEN woken = 1 THEN ${present} ELSE $5 END
      WHERE kind = $1 AND key = $2 AND lease = $3`,
  }
  const next: Statement = {
    name: 'next-due',
    text: `
      SELECT least(
        (SELECT min(due_at) FROM work WHERE lease IS NULL AND ($1::text[] IS NULL OR kind = ANY($1))),
        (SELECT min(greatest(due_at, lease_until)) FROM work
          WHERE lease IS NOT NULL AND ($1::text[] IS NULL OR kind = ANY($1)))) AS due,
      version FROM schema_version`,
  }
  const bringForward: Statement = {
    text: `
      UPDATE work SET due_at = ${present}, woken = greatest(woken, (lease IS NOT NULL)::integer)
      WHERE due_at > ${present} AND (kind <> 'expire' OR failures > 0 OR due_at < ${present} + $1)`,
  }
  // Shortened, not ended: other replicas hold theirs and renew them, and whoever is gone loses its own when it has run out.
  const shortenLate: Statement = {
    text: `UPDATE work SET lease_until = ${present} + $1 WHERE lease_until > ${present} + $1`,
  }
  const wakeEndedJobs = pageOfEnded(
    present,
    'expire',
    'jobs',
    `state IN ('succeeded', 'failed', 'cancelled') AND holds_slot = 0 AND ($3 = 'history' OR body NOT LIKE '%"logsRemovedAt":%')`,
  )
  const wakeEndedReceptions = pageOfEnded(present, 'reception', 'receptions', `state = 'removed' AND $3 = 'history'`)
  /** Page by page, because one statement over all there ever was takes longer than a statement may. */
  const wakePages = async (page: Statement, what: 'logs' | 'history'): Promise<void> => {
    let after: unknown = 0
    for (let before = 0; typeof after === 'number'; before += endedPerPage) {
      const { rows }: Answer = await database.run(page, [after, before, what])
      after = rows[0]?.['last']
    }
  }

  return {
    async wake(items) {
      await wakeOn(database, items)
    },
    async claim(_now, limit, leaseMs, kinds) {
      release.assertCurrent()
      const { rows } = await database.run(claim, [limit, leaseMs, release.version, kinds ?? null])
      // RETURNING gives rows in no order of its own.
      return rows
        .toSorted((a, b) => Number(a['due_at']) - Number(b['due_at']))
        .flatMap((row): readonly WorkItem[] => {
          const kind = kindOf(row['kind'])
          if (kind === undefined) return []
          return [{ kind, key: String(row['key']), failures: Number(row['failures']), lease: String(row['lease']) }]
        })
    },
    async renew(items, _now, leaseMs) {
      if (items.length === 0) return
      const [kinds, keys] = [items.map(({ kind }) => kind), items.map(({ key }) => key)]
      await database.run(renew, [kinds, keys, items.map(({ lease }) => lease), leaseMs])
    },
    async finish({ kind, key, lease }, dueAt, failures) {
      const gone = dueAt === undefined ? await database.run(remove, [kind, key, lease]) : { count: 0 }
      // Woken meanwhile: it is due at once, and `dueAt` is not looked at.
      if (gone.count === 0) await database.run(giveBack, [kind, key, lease, failures, Math.round(dueAt ?? 0)])
    },
    async nextDue(kinds) {
      const [row] = (await database.run(next, [kinds ?? null])).rows
      release.see(Number(row?.['version']))
      const due = row?.['due']
      return typeof due === 'number' ? due : undefined
    },
    async clockWentBack(_now, byMs, leaseMs) {
      await database.run(bringForward, [byMs + putOffMs])
      await database.run(shortenLate, [leaseMs])
    },
    async releaseLeases() {
      // Other replicas hold leases as well; those of one that is gone run out by themselves.
    },
    async wakeEnded(_now, what) {
      await wakePages(wakeEndedJobs, what)
      if (what === 'history') await wakePages(wakeEndedReceptions, what)
    },
  }
}

/** So many rows of what is over are looked at by one statement. */
const endedPerPage = 5_000

/**
 * Has a page of what is over looked at. Takes the sequence number behind which the page begins, how many rows were looked at before, and what
 * is looked for.
 * @param present as above
 * @returns a statement that gives the last sequence number of its page as `last`; none where there was nothing left
 */
function pageOfEnded(present: string, kind: WorkKind, table: 'jobs' | 'receptions', isOver: string): Statement {
  return {
    text: `
      WITH page AS (SELECT * FROM ${table} WHERE sequence > $1 ORDER BY sequence LIMIT ${endedPerPage}),
      woken AS (
        INSERT INTO work (kind, key, due_at)
        SELECT '${kind}', id, ${present} + ${apartMs} * ($2 + row_number() OVER (ORDER BY sequence)) FROM page WHERE ${isOver}
        ORDER BY id ON CONFLICT (kind, key) DO NOTHING)
      SELECT max(sequence) AS last FROM page`,
  }
}
