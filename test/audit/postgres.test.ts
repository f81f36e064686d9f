import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import type { AuditDraft } from '../../core/audit/entry.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { Store } from '../../core/ports/store.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { sha256 } from '../../entrypoint/stores/sha256.ts'
import { postgresSchema } from '../support/postgres-schema.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { testWithPostgres } from '../support/testbed.ts'

const draft = (id: string): AuditDraft => ({
  actor: { kind: 'service' },
  action: 'offer.published',
  object: { kind: 'offer', id },
  outcome: 'done',
})
const pend = 'INSERT INTO audit_pending (at, drafts) VALUES ($1, $2)'

async function open(t: ExecutionContext, url: string, logger: Logger = recordingLogger()): Promise<Store> {
  const { store } = await openPostgresStore({ url, ids: { next: randomUUID }, logger })
  t.teardown(() => store.close())
  return store
}

/** The schema with nobody at it who would give entries their places. */
async function migrated(url: string): Promise<void> {
  const { store } = await openPostgresStore({ url, ids: { next: randomUUID }, logger: recordingLogger() })
  await store.close()
}

const none: ReadonlyMap<number, string> = new Map()

testWithPostgres(
  'in PostgreSQL, too, entries are neither changed nor removed, and a change is found',
  async (t, server) => {
    const { url, query } = await postgresSchema(t, server)
    const store = await open(t, url)
    await store.appendAudit([1, 2, 3, 4, 5].map((number) => draft(`offer-${number}`)))
    t.is((await store.auditHead()).last.sequence, 5)
    const change = "UPDATE audit SET body = replace(body, 'offer-2', 'offer-9') WHERE sequence = 2"
    for (const sql of [
      change,
      'DELETE FROM audit WHERE sequence = 2',
      'DELETE FROM audit WHERE sequence = 5',
      'TRUNCATE audit',
      'UPDATE audit_head SET sequence = 3',
      'DELETE FROM audit_head',
    ])
      await t.throwsAsync(query(sql), { message: /append-only/ }, sql)
    t.is((await verifyLog(store, none)).problem, undefined)
    await query('ALTER TABLE audit DISABLE TRIGGER USER')
    await query(change)
    t.is((await verifyLog(store, none)).problem?.sequence, 2)
    await query("UPDATE audit SET body = replace(body, 'offer-9', 'offer-2') WHERE sequence = 2")
    await query('DELETE FROM audit WHERE sequence = 4')
    t.is((await verifyLog(store, none)).problem?.sequence, 4)
  },
)

testWithPostgres('entries that wait for their place are neither changed nor removed', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  await migrated(url)
  await query(pend, [1, JSON.stringify([draft('offer-1')])])
  await query(pend, [2, JSON.stringify([draft('offer-2')])])
  for (const sql of [
    'UPDATE audit_pending SET at = at + 1',
    "UPDATE audit_pending SET drafts = replace(drafts, 'offer-1', 'offer-9')",
    'DELETE FROM audit_pending WHERE at = 1',
    'DELETE FROM audit_pending',
    'TRUNCATE audit_pending',
  ])
    await t.throwsAsync(query(sql), { message: /append-only/ }, sql)
  const store = await open(t, url)
  const entries = await store.auditEntries({ order: 'oldest-first', limit: 10 })
  t.deepEqual(
    entries.map(({ entry }) => entry.object.id),
    ['offer-1', 'offer-2'],
  )
  t.deepEqual(await query('SELECT 1 FROM audit_pending'), [], 'the service itself moves them')
})

testWithPostgres('a waiting row that nobody can read stops nobody, and is told of', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  await migrated(url)
  const broken = '[{"action":"offer.published"'
  const rows: readonly [number, string][] = [
    [1, JSON.stringify([draft('offer-1')])],
    [2, broken],
    [3, '[{}]'],
    [9e17, JSON.stringify([draft('never')])],
    [4, JSON.stringify([draft('offer-\0-2')])],
  ]
  for (const row of rows) await query(pend, row)
  const logger = recordingLogger()
  const store = await open(t, url, logger)
  const entries = await store.auditEntries({ order: 'oldest-first', limit: 10 })
  t.deepEqual(
    entries.map(({ entry }) => `${entry.action} ${entry.object.id}`),
    [
      'offer.published offer-1',
      'log.unreadable audit',
      'log.unreadable audit',
      'log.unreadable audit',
      'offer.published offer-\0-2',
    ],
  )
  t.like(entries[1]?.entry.detail, { id: 2, characters: broken.length, sha256: sha256(broken) })
  t.like(await verifyLog(store, none), { entries: 5, problem: undefined })
  t.deepEqual(
    (await query('SELECT id FROM audit_unreadable ORDER BY id')).map(({ id }) => Number(id)),
    [2, 3, 4],
  )
  await t.throwsAsync(query('DELETE FROM audit_unreadable'), { message: /append-only/ })
  t.is(logger.lines.filter(({ message }) => message.includes('audit_unreadable')).length, 1)
  t.is((await store.pruneAudit(Date.now() + 60_000)) > 0, true)
})

testWithPostgres(
  'a long log is pruned part by part, each with its own entry, and the chain holds',
  async (t, server) => {
    const { url, query } = await postgresSchema(t, server)
    const store = await open(t, url)
    const many = 10_050
    await store.appendAudit(Array.from({ length: many }, (_, index) => draft(`offer-${index}`)))
    t.is((await store.auditHead()).last.sequence, many)
    t.is(await store.pruneAudit(Date.now() + 60_000), many + 1, 'the entry of the first part went with the second')
    const kept = await store.auditEntries({ order: 'oldest-first', limit: 10 })
    t.deepEqual(
      kept.map(({ entry }) => [entry.action, entry.detail?.['entries']]),
      [['log.pruned', 51]],
    )
    t.like(await verifyLog(store, none), { entries: 1, problem: undefined })
    t.deepEqual(await query('SELECT count(*)::integer AS entries FROM audit'), [{ entries: 1 }])
  },
)

testWithPostgres('of thousands of jobs that are over each is looked at again, page by page', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  const store = await open(t, url)
  const many = 11_000
  await query(
    `INSERT INTO jobs (id, asset_id, state, holds_slot, waits, body, revision)
     SELECT 'job-' || number, 'sum', CASE WHEN number % 2 = 0 THEN 'failed' ELSE 'running' END, 0, 0, '{}', 1
     FROM generate_series(1, $1) AS number`,
    [many],
  )
  await store.wakeEnded(Date.now(), 'logs')
  t.deepEqual(
    await query(
      `SELECT count(*)::integer AS due, count(DISTINCT due_at)::integer AS times FROM work WHERE kind = 'expire'`,
    ),
    [{ due: many / 2, times: many / 2 }],
    'one after the other',
  )
})
