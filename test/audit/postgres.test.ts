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
