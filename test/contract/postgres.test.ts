import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { ServiceError } from '../../core/errors.ts'
import type { Store } from '../../core/ports/store.ts'
import { schemaVersion } from '../../entrypoint/stores/postgres/migrations.ts'
import { type OpenedPostgres, openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { eventually } from '../support/eventually.ts'
import { postgresSchema } from '../support/postgres-schema.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { testWithPostgres } from '../support/testbed.ts'
import { accepted, after, pair, verified } from './store-examples.ts'

// What only the store on PostgreSQL promises; the rest is in store.postgres.test.ts.

const ids = { next: randomUUID }

async function open(
  t: ExecutionContext,
  url: string,
): Promise<OpenedPostgres & { logger: ReturnType<typeof recordingLogger> }> {
  const logger = recordingLogger()
  const opened = await openPostgresStore({ url, ids, logger })
  t.teardown(() => opened.store.close())
  return { ...opened, logger }
}

async function unavailable(t: ExecutionContext, promise: Promise<unknown>, detail: RegExp): Promise<void> {
  const error = await t.throwsAsync(promise, { instanceOf: ServiceError })
  t.is(error.code, 'store-unavailable')
  t.is(error.status, 503)
  t.regex(error.message, detail)
}

testWithPostgres('of twenty that start at once on an empty database one makes the schema', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  const opened = await Promise.all(Array.from({ length: 20 }, () => open(t, url)))
  t.deepEqual(await query('SELECT count(*)::integer AS rows, min(version) AS version FROM schema_version'), [
    { rows: 1, version: schemaVersion },
  ])
  const installations = await Promise.all(opened.map(({ store }) => store.installation()))
  t.is(new Set(installations).size, 1)
})

testWithPostgres('a database of a newer release is refused and left as it is', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  await open(t, url)
  await query('UPDATE schema_version SET version = 99')
  await unavailable(
    t,
    openPostgresStore({ url, ids, logger: recordingLogger() }),
    /schema version 99, this release knows \d+\. Start a newer release/,
  )
  t.deepEqual(await query('SELECT version FROM schema_version'), [{ version: 99 }])
})

testWithPostgres(
  'where a newer release takes the database over, a replica takes nothing new on, finishes what it is at, and is not ready',
  async (t, server) => {
    const { url, query } = await postgresSchema(t, server)
    const { store, logger } = await open(t, url)
    const job = await accepted(store, 'a')
    await store.wake([
      { kind: 'job', key: 'job-a', dueAt: 0 },
      { kind: 'job', key: 'other', dueAt: 1 },
    ])
    const [holder] = await store.claim(0, 1, 60_000)
    await query('UPDATE schema_version SET version = version + 1')
    t.deepEqual(await store.claim(0, 10, 60_000), [], 'nothing is given away, before anybody noticed')
    await store.nextDue()
    await unavailable(t, store.claim(0, 10, 60_000), /newer release/)
    const { transfer, job: second } = pair('b')
    await unavailable(t, store.accept(transfer, second, []), /newer release/)
    await unavailable(t, store.check(), /newer release/)
    t.is(await store.commit({ job: after(job, verified), ...(holder === undefined ? {} : { holder }) }), 'done')
    t.is(logger.lines.filter(({ message }) => message.startsWith('a newer release')).length, 1)
  },
)

testWithPostgres('leases go by the database’s clock, whatever a replica thinks the time is', async (t, server) => {
  const { url } = await postgresSchema(t, server)
  const { store, clock } = await open(t, url)
  await store.wake([{ kind: 'job', key: 'a', dueAt: clock.now() }])
  t.deepEqual(await store.claim(clock.now() + 3_600_000, 1, 60_000).then((items) => items.length), 1)
  t.deepEqual(await store.claim(clock.now() + 3_600_000, 1, 60_000), [], 'an hour ahead, the lease still holds')
  await store.wake([{ kind: 'job', key: 'later', dueAt: clock.now() + 600_000 }])
  t.deepEqual(await store.claim(clock.now() + 3_600_000, 1, 60_000), [], 'and what is not due is not due')
})

testWithPostgres('the time that replicas share is the database’s', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  const { clock } = await open(t, url)
  const [before] = await query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now')
  const now = clock.now()
  const [later] = await query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now')
  t.true(now >= Number(before?.['now']) - 50 && now <= Number(later?.['now']) + 50, `${now} is not between`)
})

testWithPostgres('a database that answers before a write is on disk, or only reads, is refused', async (t, server) => {
  const { url } = await postgresSchema(t, server)
  const asking = (option: string): Promise<unknown> =>
    openPostgresStore({
      url: url.replace('options=', `options=${encodeURIComponent(`-c ${option} `)}`),
      ids,
      logger: recordingLogger(),
    })
  await unavailable(t, asking('synchronous_commit=off'), /before a write is on disk/)
  await unavailable(t, asking('default_transaction_read_only=on'), /only reads/)
})

testWithPostgres('nothing that is wrong with the address tells the password', async (t, server) => {
  const wrong = [
    server.replace(/:\d+\//, ':1/'),
    server.replace(/\/postgres$/, '/nothing'),
    server.replace('testbed-postgres-secret', 'hunter2hunter2'),
  ]
  for (const url of wrong) {
    const error = await t.throwsAsync(openPostgresStore({ url, ids, logger: recordingLogger() }), {
      instanceOf: ServiceError,
    })
    t.is(error.code, 'store-unavailable')
    t.notRegex(`${error.stack ?? ''} ${String(error.cause)}`, /testbed-postgres-secret|hunter2/)
  }
})

testWithPostgres('transactions that lock each other are run again', async (t, server) => {
  const { url } = await postgresSchema(t, server)
  const [one, other] = [await open(t, url), await open(t, url)]
  const words = ['a', 'b', 'c', 'd']
  for (const word of words) await accepted(one.store, word)
  const swap = async (store: Store, first: string, second: string): Promise<unknown> => {
    const [job, transfer] = [await store.job(`job-${first}`), await store.transfer(`transfer-${second}`)]
    if (job === undefined || transfer === undefined) throw new Error('it is not there')
    return store.commit({ job, transfer, wake: [{ kind: 'job', key: first, dueAt: 1 }] })
  }
  for (let round = 0; round < 20; round++) {
    const outcomes = await Promise.all([
      swap(one.store, 'a', 'b'),
      swap(other.store, 'b', 'a'),
      one.store.wake(words.map((key) => ({ kind: 'job', key, dueAt: round }))),
      other.store.wake(words.toReversed().map((key) => ({ kind: 'job', key, dueAt: round }))),
    ])
    for (const outcome of outcomes.slice(0, 2)) t.true(outcome === 'done' || outcome === 'stale')
  }
})

testWithPostgres('connections that the server ends are replaced', async (t, server) => {
  const { url, query } = await postgresSchema(t, server)
  const name = `ended-${randomUUID()}`
  const { store, logger } = await open(t, `${url}&application_name=${name}`)
  await accepted(store, 'a')
  const ended = await query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    name,
  ])
  t.true(ended.length > 0)
  await eventually('the store to answer again', async () => {
    try {
      return { done: await store.job('job-a') }
    } catch (error) {
      t.true(error instanceof ServiceError)
      return { pending: String(error) }
    }
  })
  t.true(logger.lines.every(({ level }) => level !== 'error'))
})
