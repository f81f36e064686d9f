import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { holdsSlot, isFinal, type Job } from '../../core/job/job.ts'
import { makePlan } from '../../core/job/plan.ts'
import type { ProcessState } from '../../core/ports/connector.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import { newestSchema } from '../../entrypoint/stores/migrations.ts'
import type { Row } from '../../entrypoint/stores/rows.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { assetId } from '../engine/offer.ts'
import { endsWell } from '../engine/scripted-backend.ts'
import { World } from '../engine/world.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Databases of earlier versions, with jobs in every state (make-fixture.ts wrote them), under the code of today.

const fixtures = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'))

test('there are databases of earlier schemas, that just before today’s among them', (t) => {
  t.true(fixtures.includes('schema-3.sql'))
  t.true(fixtures.includes(`schema-${newestSchema - 1}.sql`))
})

/** The documents of a table as the old database has them. */
function bodies(database: DatabaseSync, table: 'jobs' | 'transfers'): readonly unknown[] {
  return database
    .prepare(`SELECT body FROM ${table}`)
    .all()
    .map(({ body }) => JSON.parse(String(body)) as unknown)
}

function load(
  fixture: string,
  path: string,
): { readonly jobs: readonly Job[]; readonly transfers: readonly Transfer[]; readonly rest: Rest } {
  const database = new DatabaseSync(path)
  try {
    database.exec(readFileSync(join(import.meta.dirname, fixture), 'utf8'))
    return {
      jobs: bodies(database, 'jobs') as readonly Job[],
      transfers: bodies(database, 'transfers') as readonly Transfer[],
      rest: restOf(database),
    }
  } finally {
    database.close()
  }
}

/** What else an old database holds, where its schema has such things already. */
interface Rest {
  readonly audit: readonly Row[]
  readonly keys: readonly Row[]
  readonly usage: readonly Row[]
}

function restOf(database: DatabaseSync): Rest {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const rows = (table: string, columns: string): readonly Row[] =>
    tables.some(({ name }) => name === table) ? database.prepare(`SELECT ${columns} FROM ${table}`).all() : []
  return {
    audit: rows('audit', 'sequence, body, hash'),
    keys: rows('api_keys', 'id, hash, revoked_at'),
    usage: rows('usage', 'job_id, kind, number, delivered_bytes'),
  }
}

/** The audit log is whole and what it was, keys open what they did, and what was used is counted as before. */
async function holdsTheRest(t: ExecutionContext, store: Store, { audit, keys, usage }: Rest): Promise<void> {
  const entries = await store.auditEntries({ order: 'oldest-first', limit: 10_000 })
  t.deepEqual(
    entries.map(({ entry, body, hash }) => ({ sequence: entry.sequence, body, hash })),
    audit.map((row) => ({ ...row })),
  )
  const { problem, entries: verified } = await verifyLog(store, new Map())
  t.is(problem, undefined)
  t.is(verified, audit.length)
  t.deepEqual(
    (await store.listKeys())
      .map(({ id, hash, revokedAt = null }) => ({ id, hash, revoked_at: revokedAt }))
      .toSorted(byId),
    keys.map((row) => ({ ...row })).toSorted(byId),
  )
  const records = await store.usageRecords({}, { limit: 1_000 })
  t.is(records.length, usage.length)
  const bytes = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0)
  t.is(
    bytes(records.map(({ deliveredBytes }) => deliveredBytes)),
    bytes(usage.map((row) => Number(row['delivered_bytes']))),
  )
}

function byId(one: Row, other: Row): number {
  return String(one['id']) < String(other['id']) ? -1 : 1
}

test('the database before today’s holds something of all that an upgrade must keep', async (t) => {
  const { rest } = load(`schema-${newestSchema - 1}.sql`, join(await temporaryFolder(t), 'state.db'))
  t.true(rest.audit.length > 50)
  t.true(rest.keys.some((row) => row['revoked_at'] === null) && rest.keys.some((row) => row['revoked_at'] !== null))
  t.true(rest.usage.length > 5)
})

const states = ['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled']

for (const fixture of fixtures) {
  test(`${fixture} is brought to the schema of today with all that it holds, once`, async (t) => {
    const path = join(await temporaryFolder(t), 'state.db')
    const { jobs, transfers, rest } = load(fixture, path)
    t.deepEqual(
      [...new Set(jobs.map(({ state }) => state))].toSorted(),
      states.toSorted(),
      'it has jobs in every state',
    )
    for (const times of [1, 2]) {
      const store = openSqliteStore(path, { next: randomUUID })
      for (const job of jobs) t.deepEqual((await store.job(job.id))?.value, job, `opened ${times} times`)
      for (const transfer of transfers) t.deepEqual((await store.transfer(transfer.id))?.value, transfer)
      const line = await store.line(0, 9)
      t.is(line.running, jobs.filter(holdsSlot).length)
      t.deepEqual(
        line.contenders.map(({ jobId }) => jobId),
        jobs.filter((job) => job.state === 'queued' && !holdsSlot(job)).map(({ id }) => id),
        'who waits is in the line',
      )
      t.truthy(await store.newestAsset(assetId))
      await holdsTheRest(t, store, rest)
      await store.close()
    }
    const database = new DatabaseSync(path)
    t.is(database.prepare('PRAGMA user_version').get()?.['user_version'], newestSchema)
    t.is(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
    database.close()
  })

  test(`jobs of ${fixture} go on to their ends, each state from where it was`, async (t) => {
    const world = await World.from((path) => load(fixture, path))
    t.teardown(() => world.close())
    world.backend.course = () => endsWell
    const before = await world.store.listJobs({ limit: 100 })
    world.clock.advanceTo(Math.max(...before.map(({ since }) => since)) + 60_000)
    await standUp(world, before)
    for (const job of before) {
      if (isFinal(job)) continue
      await world.untilJob(job.id, 'succeeded')
      await world.until('its transfer is granted', async () => (await world.transfer(job.id)).state === 'granted')
      t.is(world.connector.process((await world.transfer(job.id)).processId).provisionedTimes, 1)
      t.is((await world.job(job.id)).attempts.length, Math.max(1, job.attempts.length), 'in the attempt that it was in')
    }
    for (const job of before.filter(isFinal)) t.is((await world.job(job.id)).state, job.state)
    await undelivered(t, world, before)
    for (const { id, state } of world.connector.processes.values())
      if (state === 'started' || state === 'suspended') await world.move(id, 'completed')
    await world.toTheEnd()
    for (const { id } of before) {
      t.is((await world.transfer(id)).state, 'ended')
      t.false(holdsSlot(await world.job(id)))
    }
  })
}

/** What was outside of the old service when it stopped: the processes at its connector, and what runs on the backend. */
async function standUp(world: World, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const transfer = await world.transfer(job.id)
    const agreementId = 'terms' in job && job.terms !== undefined ? job.terms.agreementId : 'agreement'
    world.connector.agreements.set(agreementId, { consumerId: 'consumer', assetId })
    world.connector.begin(transfer.processId, { assetId, agreementId, parameters: undefined })
    world.connector.move(transfer.processId, processState(transfer))
    const attempt = job.attempts.at(-1)
    if (isFinal(job) || attempt?.launched !== true || attempt.removed || !('terms' in job)) continue
    const registered = await world.parts.assetVersion(job.assetId, job.terms?.assetVersion ?? '')
    if (registered === undefined || job.state === 'queued') throw new Error('no plan')
    await world.backend.launch(makePlan(job, registered, world.parts.installation))
  }
}

function processState(transfer: Transfer): ProcessState {
  switch (transfer.state) {
    case 'requested':
    case 'granting':
      return 'awaiting'
    case 'granted':
    case 'delivering':
      return 'started'
    case 'suspended':
      return 'suspended'
    case 'ended':
      return transfer.outcome === 'completed' ? 'completed' : 'terminated'
  }
}

/** The callback that was in the outbox has been delivered, once. */
async function undelivered(t: ExecutionContext, world: World, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs.filter(({ state }) => state === 'succeeded')) {
    const transfer = await world.transfer(job.id)
    if (transfer.processId !== 'undelivered') continue
    t.is(world.connector.process(transfer.processId).provisionedTimes, 1)
    t.is(transfer.state, 'granted')
  }
}
