import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import type { AuditDraft } from '../../core/audit/entry.ts'
import type { Store } from '../../core/ports/store.ts'
import { readAnchors, writeAnchor } from '../../entrypoint/audit/anchors.ts'
import { lookAfterLog } from '../../entrypoint/audit/keeper.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import { directoryStore } from '../../entrypoint/objects/directory.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const draft = (id: string): AuditDraft => ({
  actor: { kind: 'service' },
  action: 'offer.published',
  object: { kind: 'offer', id },
  outcome: 'done',
})
const none: ReadonlyMap<number, string> = new Map()
const triggers = ['audit_unchanged', 'audit_kept', 'audit_in_order', 'audit_head_kept', 'audit_head_forward']

async function logOf(
  t: ExecutionContext,
  entries: number,
): Promise<{ store: Store; database: DatabaseSync; folder: string }> {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'state.db')
  const store = openSqliteStore(path, { next: randomUUID })
  await store.appendAudit(Array.from({ length: entries }, (_, index) => draft(`offer-${index + 1}`)))
  const database = new DatabaseSync(path)
  t.teardown(async () => {
    database.close()
    await store.close()
  })
  return { store, database, folder }
}

for (const [title, sql] of [
  ['an entry cannot be changed', "UPDATE audit SET body = replace(body, 'offer-2', 'offer-9') WHERE sequence = 2"],
  ['nor its hash', "UPDATE audit SET hash = 'x' WHERE sequence = 2"],
  ['nor removed', 'DELETE FROM audit WHERE sequence = 2'],
  ['nor the last one', 'DELETE FROM audit WHERE sequence = 5'],
  ['nor all of them', 'DELETE FROM audit'],
  ['nor replaced', "INSERT OR REPLACE INTO audit (sequence, body, hash) VALUES (2, '{}', 'x')"],
  ['nor one put behind a gap', "INSERT INTO audit (sequence, body, hash) VALUES (7, '{}', 'x')"],
  ['nor the end set back', 'UPDATE audit_head SET sequence = 3'],
  ['nor the end removed', 'DELETE FROM audit_head'],
] as const)
  test(title, async (t) => {
    const { store, database } = await logOf(t, 5)
    t.throws(() => database.exec(sql), { message: /append-only|in order/ })
    t.is((await verifyLog(store, none)).problem, undefined)
  })

for (const [title, sql, sequence] of [
  ['a changed entry', "UPDATE audit SET body = replace(body, 'offer-2', 'offer-9') WHERE sequence = 2", 2],
  ['another actor', `UPDATE audit SET body = replace(body, '"service"', '"nobody"') WHERE sequence = 4`, 4],
  ['a changed hash', `UPDATE audit SET hash = '${'0'.repeat(64)}' WHERE sequence = 3`, 3],
  ['a missing entry', 'DELETE FROM audit WHERE sequence = 2', 2],
  ['a missing first entry', 'DELETE FROM audit WHERE sequence = 1', 1],
  ['a missing last entry', 'DELETE FROM audit WHERE sequence = 5', 5],
  [
    'an end that was cut off together with its record',
    `
    DELETE FROM audit WHERE sequence > 3;
    UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit WHERE sequence = 2)`,
    3,
  ],
  [
    'a beginning that was cut off as if it were pruned',
    `
    UPDATE audit_head SET pruned_sequence = 2, pruned_hash = (SELECT hash FROM audit WHERE sequence = 2);
    DELETE FROM audit WHERE sequence <= 2`,
    2,
  ],
] as const)
  test(`without the triggers it is found: ${title}`, async (t) => {
    const { store, database } = await logOf(t, 5)
    for (const name of triggers) database.exec(`DROP TRIGGER ${name}`)
    database.exec(sql)
    t.is((await verifyLog(store, none)).problem?.sequence, sequence)
  })

test('who makes the whole chain anew, or cuts its end off, is found by what was anchored elsewhere', async (t) => {
  const { store, database, folder } = await logOf(t, 5)
  const objects = directoryStore(join(folder, 'objects'))
  await lookAfterLog({ store, objects, clock: { now: Date.now }, logger: recordingLogger(), retentionMs: undefined })
  t.is((await readAnchors(objects)).size, 1)
  t.like(await verifyLog(store, await readAnchors(objects)), { entries: 5, anchors: 1, problem: undefined })
  for (const name of triggers) database.exec(`DROP TRIGGER ${name}`)
  database.exec(`DELETE FROM audit WHERE sequence > 3;
    UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit WHERE sequence = 3)`)
  t.is((await verifyLog(store, none)).problem, undefined, 'the chain alone tells nothing')
  t.regex((await verifyLog(store, await readAnchors(objects))).problem?.message ?? '', /entry 5 was anchored/)
  await store.appendAudit([draft('other-4'), draft('other-5'), draft('other-6')])
  t.is((await verifyLog(store, none)).problem, undefined)
  t.like((await verifyLog(store, await readAnchors(objects))).problem, { sequence: 5 })
})

test('a log that was pruned is verified from its checkpoint on, anchors before it left aside', async (t) => {
  const { store, folder } = await logOf(t, 5)
  const objects = directoryStore(join(folder, 'objects'))
  await writeAnchor(objects, (await store.auditHead()).last)
  const clock = { now: () => Date.now() + 60_000 }
  await lookAfterLog({ store, objects, clock, logger: recordingLogger(), retentionMs: 1_000 })
  await store.appendAudit([draft('later')])
  const report = await verifyLog(store, await readAnchors(objects))
  t.like(report, { entries: 2, anchors: 1, problem: undefined })
  t.is(report.pruned.sequence, 5)
  t.is(report.head.sequence, 7)
})

test('a clock that jumped ahead prunes nothing early: the object store’s clock has a word', async (t) => {
  const { store } = await logOf(t, 3)
  const year = 365 * 86_400_000
  const parts = { store, logger: recordingLogger(), retentionMs: year, clock: { now: () => Date.now() + 2 * year } }
  await lookAfterLog({ ...parts, objects: { put: async () => undefined, time: async () => Date.now() } })
  t.is((await store.auditHead()).pruned.sequence, 0)
  await lookAfterLog({ ...parts, objects: { put: async () => undefined, time: async () => undefined } })
  t.is((await store.auditHead()).pruned.sequence, 3, 'where it has none, ours is believed')
})

test('an object store that is away keeps nothing from going on', async (t) => {
  const { store } = await logOf(t, 2)
  const logger = recordingLogger()
  const away = (): Promise<never> => Promise.reject(new Error('away'))
  const objects = { put: away, time: away }
  await lookAfterLog({ store, objects, clock: { now: Date.now }, logger, retentionMs: undefined })
  t.true(logger.lines.some(({ message }) => message === 'the audit log could not be anchored'))
})
