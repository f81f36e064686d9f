import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Store } from '../../core/ports/store.ts'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { type PostgresSchema, postgresSchema } from '../support/postgres-schema.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { postgresServer } from '../support/testbed.ts'
import { testStore } from './store.contract.ts'

const ids = { next: randomUUID }
const server = postgresServer()

/** Opens a store whose database takes the time from a table that the callers' `now` is written to first. */
async function openAtCallersTime({ url, query }: PostgresSchema): Promise<Store> {
  await query('CREATE TABLE IF NOT EXISTS present (only_one INTEGER PRIMARY KEY DEFAULT 1, now BIGINT NOT NULL)')
  await query('INSERT INTO present (now) VALUES (0) ON CONFLICT DO NOTHING')
  const { store } = await openPostgresStore({
    url,
    ids,
    logger: recordingLogger(),
    present: '(SELECT now FROM present)',
  })
  const at = (now: number): Promise<unknown> => query('UPDATE present SET now = $1', [now])
  return {
    ...store,
    async claim(now, limit, leaseMs, kinds) {
      await at(now)
      return store.claim(now, limit, leaseMs, kinds)
    },
    async renew(items, now, leaseMs) {
      await at(now)
      await store.renew(items, now, leaseMs)
    },
    async finish(item, dueAt, failures, now) {
      await at(now)
      await store.finish(item, dueAt, failures, now)
    },
    async line(now, perConsumer, jobId) {
      await at(now)
      return store.line(now, perConsumer, jobId)
    },
    async clockWentBack(now, byMs, leaseMs) {
      await at(now)
      await store.clockWentBack(now, byMs, leaseMs)
    },
    async wakeEnded(now, what) {
      await at(now)
      await store.wakeEnded(now, what)
    },
    async figures(now) {
      await at(now)
      return store.figures(now)
    },
  }
}

/** Tests of one file begin at once; so many connections would not fit. */
const mostAtOnce = 8
let free = mostAtOnce
const waiting: (() => void)[] = []

async function turn(t: ExecutionContext): Promise<void> {
  if (free > 0) free -= 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  t.teardown(() => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  })
}

if (server === undefined)
  test.skip('the store on PostgreSQL (needs PostgreSQL: testbed/postgres.sh up)', () => undefined)
else
  testStore('postgres', async (t) => {
    await turn(t)
    const schema = await postgresSchema(t, server)
    return { open: () => openAtCallersTime(schema) }
  })
