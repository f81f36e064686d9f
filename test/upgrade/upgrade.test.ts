import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { holdsSlot, isFinal, type Job } from '../../core/job/job.ts'
import { makePlan } from '../../core/job/plan.ts'
import type { ProcessState } from '../../core/ports/connector.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { newestSchema } from '../../entrypoint/stores/migrations.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { assetId } from '../engine/offer.ts'
import { endsWell } from '../engine/scripted-backend.ts'
import { World } from '../engine/world.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Databases of earlier versions, with jobs in every state (make-fixture.ts wrote them), under the code of today.

const fixtures = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'))

test('there is a database of every schema that was released', (t) => {
  t.true(fixtures.includes('schema-3.sql'))
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
): { readonly jobs: readonly Job[]; readonly transfers: readonly Transfer[] } {
  const database = new DatabaseSync(path)
  try {
    database.exec(readFileSync(join(import.meta.dirname, fixture), 'utf8'))
    return {
      jobs: bodies(database, 'jobs') as readonly Job[],
      transfers: bodies(database, 'transfers') as readonly Transfer[],
    }
  } finally {
    database.close()
  }
}

const states = ['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled']

for (const fixture of fixtures) {
  test(`${fixture} is brought to the schema of today with all that it holds, once`, async (t) => {
    const path = join(await temporaryFolder(t), 'state.db')
    const { jobs, transfers } = load(fixture, path)
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
