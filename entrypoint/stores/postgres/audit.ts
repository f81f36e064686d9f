import { seal, type SealedEntry } from '../../../core/audit/chain.ts'
import type { AuditDraft } from '../../../core/audit/entry.ts'
import type { AuditHead } from '../../../core/audit/query.ts'
import type { AuditStore } from '../../../core/ports/audit-store.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { isoOf, placeIn, sealedOf } from '../audit-rows.ts'
import { sha256 } from '../sha256.ts'
import { waitingDrafts } from '../waiting-drafts.ts'
import type { Connection, Database, Statement, Value } from './database.ts'
import { lockName } from './lock-name.ts'

/** The audit log's tables, as the rest of the PostgreSQL store uses them. */
export interface AuditTable {
  readonly port: AuditStore
  /** Appends entries inside a transaction of the caller's. */
  appendOn(connection: Connection, drafts: readonly AuditDraft[]): Promise<void>
  /** What appends entries. */
  readonly insertOf: (drafts: readonly AuditDraft[]) => [Statement, Value[]]
  /** Entries as the statement that appends them takes them: when, and what. */
  readonly draftValues: (drafts: readonly AuditDraft[]) => [at: number, drafts: string]
  /** Chains what waits, and nothing from then on. */
  stop(): Promise<void>
}

/** How often what was appended gets its place in the chain, also where nobody reads. Milliseconds. */
const chainMs = 1_000
/** Most transactions whose entries are chained at once. */
const mostAtOnce = 500

const append: Statement = {
  name: 'append-audit',
  text: 'INSERT INTO audit_pending (at, drafts) VALUES ($1, $2)',
}
/** So many entries are removed by one transaction. */
const prunedAtOnce = 10_000

const isPending: Statement = { name: 'audit-is-pending', text: 'SELECT 1 FROM audit_pending LIMIT 1' }
const takePending: Statement = {
  text: `
    DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_pending ORDER BY id LIMIT ${mostAtOnce})
    RETURNING id, at, drafts`,
}
const keepUnreadable: Statement = {
  text: 'INSERT INTO audit_unreadable (id, at, drafts) VALUES ($1, $2, $3)',
}
const selectHead: Statement = { text: 'SELECT sequence, hash, pruned_sequence, pruned_hash FROM audit_head' }
const moveHead: Statement = { text: 'UPDATE audit_head SET sequence = $1, hash = $2' }
/** Many at once: a transaction of each would cost more than what it tells of. */
const insertAll: Statement = {
  name: 'insert-audit',
  text: `
    INSERT INTO audit (sequence, body, hash, at, action, actor_kind, actor_id, object_kind, object_id, job_id)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])`,
}
const select = (order: 'ASC' | 'DESC', behind: '>' | '<'): Statement => ({
  text: `
    SELECT body, hash FROM audit
    WHERE ($1::bigint IS NULL OR sequence ${behind} $1) AND ($2::text IS NULL OR action = $2)
      AND ($3::text IS NULL OR actor_kind = $3) AND ($4::text IS NULL OR actor_id = $4)
      AND ($5::text IS NULL OR object_kind = $5) AND ($6::text IS NULL OR object_id = $6 OR job_id = $6)
      AND ($7::text IS NULL OR at >= $7) AND ($8::text IS NULL OR at < $8)
    ORDER BY sequence ${order} LIMIT $9`,
})
const oldestFirst = select('ASC', '>')
const newestFirst = select('DESC', '<')
const firstKept: Statement = { text: 'SELECT min(sequence) AS sequence FROM audit WHERE at >= $1 AND sequence <= $2' }
const place: Statement = { text: 'SELECT sequence, hash FROM audit WHERE sequence = $1' }
const movePruned: Statement = { text: 'UPDATE audit_head SET pruned_sequence = $1, pruned_hash = $2' }
const removeUpTo: Statement = { text: 'DELETE FROM audit WHERE sequence <= $1' }

/**
 * The audit log: entries chained by their hashes. Every transaction writes its entries down, but only one at a time could put them
 * behind the last one of the chain, and all would wait for each other's disk. So they get their places a moment later, in the order
 * in which they were written down: within a second, and before anybody reads. Triggers keep anybody from changing or removing one,
 * whether it waits or has its place; what waits leaves only in a transaction that makes the chain longer.
 */
export function auditTable(database: Database, clock: Clock, logger: Logger): AuditTable {
  const draftValues = (drafts: readonly AuditDraft[]): [number, string] => [clock.now(), JSON.stringify(drafts)]
  const insertOf: AuditTable['insertOf'] = (drafts) => [append, draftValues(drafts)]
  const appendOn: AuditTable['appendOn'] = async (connection, drafts) => {
    if (drafts.length > 0) await connection.run(...insertOf(drafts))
  }
  const chain = async (): Promise<void> => {
    if ((await database.run(isPending)).count === 0) return
    for (;;) {
      const { more, unreadable } = await database.transaction((connection) => chainSome(connection, clock.now()))
      if (unreadable.length > 0)
        logger.error('entries of the audit log cannot be read; they lie in audit_unreadable', { ids: unreadable })
      if (!more) return
    }
  }
  let chaining: Promise<void> | undefined
  const chainOnce = (): Promise<void> => {
    chaining ??= chain()
      .catch((error: unknown) => logger.warn('the audit log cannot be chained', { error }))
      .finally(() => (chaining = undefined))
    return chaining
  }
  const timer = setInterval(() => void chainOnce(), chainMs)
  timer.unref()

  const port: AuditStore = {
    async appendAudit(drafts) {
      await appendOn(database, drafts)
    },
    async auditEntries({ order, after, limit, action, actorKind, actorId, objectKind, objectId, from, to }) {
      await chain()
      const statement = order === 'oldest-first' ? oldestFirst : newestFirst
      const what = [after, action, actorKind, actorId, objectKind, objectId, isoOf(from), isoOf(to)]
      const { rows } = await database.run(statement, [...what.map((value) => value ?? null), limit])
      return rows.map(sealedOf)
    },
    async auditHead() {
      await chain()
      return headOn(database)
    },
    async pruneAudit(before) {
      await chain()
      for (let removed = 0; ; ) {
        const some = await pruneSome(before)
        removed += some
        if (some < prunedAtOnce) return removed
      }
    },
  }
  /** A part at a time: what was kept for years would take longer than a statement may, and everybody would wait for the chain meanwhile. */
  const pruneSome = (before: number): Promise<number> =>
    database.transaction(async (connection) => {
      await lockName(connection, 'audit chain')
      const { last, pruned } = await headOn(connection)
      const most = Math.min(last.sequence, pruned.sequence + prunedAtOnce)
      const kept = (await connection.run(firstKept, [isoOf(before) ?? '', most])).rows[0]?.['sequence']
      const through = typeof kept === 'number' ? kept - 1 : most
      const [row] = (await connection.run(place, [through])).rows
      if (row === undefined || through <= pruned.sequence) return 0
      const { sequence, hash } = placeIn(row)
      await connection.run(movePruned, [sequence, hash])
      await connection.run(removeUpTo, [sequence])
      const note: AuditDraft = {
        actor: { kind: 'service' },
        action: 'log.pruned',
        object: { kind: 'log', id: 'audit' },
        outcome: 'done',
        detail: { through: sequence, hash, entries: sequence - pruned.sequence },
      }
      await insertSealed(connection, seal(last, [note], clock.now(), sha256))
      return sequence - pruned.sequence
    })
  return {
    port,
    appendOn,
    insertOf,
    draftValues,
    async stop() {
      clearInterval(timer)
      await chainOnce()
    },
  }
}

/** What became of entries that waited. */
interface Chained {
  /** Whether more may wait. */
  readonly more: boolean
  /** Rows that nobody can read: an entry tells of each, and they are kept aside. */
  readonly unreadable: readonly number[]
}

/** Gives pending entries their places. Whoever does holds the chain's lock. */
async function chainSome(connection: Connection, now: number): Promise<Chained> {
  await lockName(connection, 'audit chain')
  const { rows } = await connection.run(takePending)
  let { last } = await headOn(connection)
  const chained: SealedEntry[] = []
  const unreadable: number[] = []
  const waiting = rows.map((row) => ({ id: Number(row['id']), at: Number(row['at']), text: String(row['drafts']) }))
  for (const { id, at, text } of waiting.toSorted((a, b) => a.id - b.id)) {
    const drafts = waitingDrafts(at, text)
    if (drafts === undefined) {
      unreadable.push(id)
      await connection.run(keepUnreadable, [id, at, text])
    }
    for (const one of drafts === undefined
      ? seal(last, [noteOfUnreadable(id, text)], now, sha256)
      : seal(last, drafts, at, sha256)) {
      chained.push(one)
      last = { sequence: one.entry.sequence, hash: one.hash }
    }
  }
  await insertSealed(connection, chained)
  return { more: rows.length === mostAtOnce, unreadable }
}

/** In the place of entries that nobody can read: which row it was, and the digest of what it held. */
function noteOfUnreadable(id: number, text: string): AuditDraft {
  return {
    actor: { kind: 'service' },
    action: 'log.unreadable',
    object: { kind: 'log', id: 'audit' },
    outcome: 'failed',
    detail: { id, characters: text.length, sha256: sha256(text) },
  }
}

async function headOn(connection: Connection): Promise<AuditHead> {
  const [row] = (await connection.run(selectHead)).rows
  if (row === undefined) throw new Error('the audit log of the database has no head')
  return { last: placeIn(row), pruned: { sequence: Number(row['pruned_sequence']), hash: String(row['pruned_hash']) } }
}

/** Puts entries behind the last one of the chain, and moves its head. */
async function insertSealed(connection: Connection, chained: readonly SealedEntry[]): Promise<void> {
  const last = chained.at(-1)
  if (last === undefined) return
  const column = <T>(of: (one: SealedEntry) => T): T[] => chained.map(of)
  /** PostgreSQL's texts hold no NUL. In the entry itself it is escaped. */
  const searched = (of: (one: SealedEntry) => string | undefined): (string | null)[] =>
    chained.map((one) => of(one)?.replaceAll('\0', '') ?? null)
  await connection.run(insertAll, [
    column(({ entry }) => entry.sequence),
    column(({ body }) => body),
    column(({ hash }) => hash),
    column(({ entry }) => entry.at),
    searched(({ entry }) => entry.action),
    searched(({ entry }) => entry.actor.kind),
    searched(({ entry }) => entry.actor.id),
    searched(({ entry }) => entry.object.kind),
    searched(({ entry }) => entry.object.id),
    searched(({ entry }) => entry.jobId),
  ])
  await connection.run(moveHead, [last.entry.sequence, last.hash])
}
