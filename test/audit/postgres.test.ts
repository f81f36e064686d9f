import { randomUUID } from 'node:crypto'
import type { AuditDraft } from '../../core/audit/entry.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { postgresSchema } from '../support/postgres-schema.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { testWithPostgres } from '../support/testbed.ts'

const draft = (id: string): AuditDraft => ({
  actor: { kind: 'service' },
  action: 'offer.published',
  object: { kind: 'offer', id },
  outcome: 'done',
})
const none: ReadonlyMap<number, string> = new Map()

testWithPostgres(
  'in PostgreSQL, too, entries are neither changed nor removed, and a change is found',
  async (t, server) => {
    const { url, query } = await postgresSchema(t, server)
    const { store } = await openPostgresStore({ url, ids: { next: randomUUID }, logger: recordingLogger() })
    t.teardown(() => store.close())
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
