import { randomInt, randomUUID } from 'node:crypto'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { schemaVersion } from '../../entrypoint/stores/postgres/migrations.ts'
import { reasonOf } from '../../entrypoint/stores/postgres/trouble.ts'
import { makePostgresSchema } from '../support/postgres-schema.ts'
import { testWithPostgres } from '../support/testbed.ts'
import { startDatabaseProxy } from './proxy/database-proxy.ts'
import { chance } from './proxy/chance.ts'
import { type Fault, faultName } from './proxy/fault.ts'
import type { FaultProxy } from './proxy/fault-proxy.ts'

const nothing = (): void => undefined
const logger = { info: nothing, warn: nothing, error: nothing }

/** Opens the store as the service does when it starts, sees that it works, and closes it. */
async function start(url: string): Promise<void> {
  const { store } = await openPostgresStore({ url, ids: { next: randomUUID }, logger })
  try {
    await store.check()
    await store.installation()
  } finally {
    await store.close()
  }
}

/** Lets the call of this number since then go wrong, whatever it is. @returns its name, once it was made */
function strike(proxy: FaultProxy, number: number, fault: Fault): () => string | undefined {
  let made = 0
  let struck: string | undefined
  proxy.plan = ({ name }) => {
    made += 1
    if (made !== number) return undefined
    struck = name
    return fault
  }
  return () => struck
}

const troubles: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'lost', instead: 'reset' },
  { kind: 'truncated' },
  { kind: 'error', state: '57P01' },
]

testWithPostgres(
  'a start on an empty database that is cut off at any call is made good by the next one',
  async (t, server) => {
    const seed = randomInt(2 ** 31)
    t.log(`seed ${seed}`)
    let cutOff = 0
    // Every third call, others each time: all of them would take a minute on a busy machine.
    for (let number = 1 + (seed % 3), struck = true; struck; number += 3) {
      const fault = troubles[Math.floor(chance(seed, number) * troubles.length)] ?? { kind: 'reset' }
      const { schema, drop } = await makePostgresSchema(server)
      const proxy = await startDatabaseProxy(schema.url)
      const name = strike(proxy, number, fault)
      await start(proxy.url).catch(nothing)
      struck = name() !== undefined
      if (struck) cutOff += 1
      proxy.heal()
      await t.notThrowsAsync(start(proxy.url), `after ${faultName(fault)} at call ${number}, ${name() ?? 'none'}`)
      t.deepEqual(await schema.query('SELECT version FROM schema_version'), [{ version: schemaVersion }])
      t.deepEqual(await schema.query('SELECT count(*)::integer AS ids FROM installation'), [{ ids: 1 }])
      await proxy.close()
      await drop()
    }
    t.true(cutOff >= 10, `${cutOff} starts were cut off`)
  },
)

/** What becomes of a row that a transaction writes where a call of this name goes wrong. */
const outcomes: readonly (readonly [name: string, fault: Fault, rows: number, reason: RegExp])[] = [
  ['commit', { kind: 'lost', instead: 'reset' }, 1, /ECONNRESET/],
  ['commit', { kind: 'lost', instead: 503 }, 1, /08006/],
  ['commit', { kind: 'truncated' }, 1, /ECONNRESET|terminated/],
  ['commit', { kind: 'reset' }, 0, /ECONNRESET/],
  ['commit', { kind: 'error', state: '53100' }, 0, /53100/],
  ['commit', { kind: 'error', state: '57P01' }, 0, /terminat/],
  ['insert api_keys', { kind: 'error', state: '53100' }, 0, /injected/],
  ['insert api_keys', { kind: 'lost', instead: 'reset' }, 0, /ECONNRESET/],
  ['begin', { kind: 'reset' }, 0, /ECONNRESET/],
  ['begin', { kind: 'error', state: '53100' }, 0, /injected/],
]

testWithPostgres('a connection whose transaction could not be ended is not used again', async (t, server) => {
  const { schema, drop } = await makePostgresSchema(server)
  const proxy = await startDatabaseProxy(schema.url)
  const { store } = await openPostgresStore({ url: proxy.url, ids: { next: randomUUID }, logger })
  const ended: string[] = []
  proxy.plan = ({ name }) => {
    if (name === 'rollback') ended.push(name)
    return ['insert api_keys', 'rollback'].includes(name) ? { kind: 'error', state: '53100' } : undefined
  }
  const key = { id: 'k', name: 'k', role: 'operator', hash: 'h', createdAt: 1, expiresAt: 2 } as const
  await t.throwsAsync(store.addKey(key), { code: 'store-unavailable' })
  t.deepEqual(ended, ['rollback'])
  proxy.heal()
  t.deepEqual(await store.listKeys(), [])
  await t.notThrowsAsync(store.addKey(key))
  t.is((await store.listKeys()).length, 1)
  await store.close()
  await proxy.close()
  await drop()
})

testWithPostgres('what was done stays done when its answer is lost, and what was not is undone', async (t, server) => {
  for (const [name, fault, rows, reason] of outcomes) {
    const { schema, drop } = await makePostgresSchema(server)
    const proxy = await startDatabaseProxy(schema.url)
    const { store } = await openPostgresStore({ url: proxy.url, ids: { next: randomUUID }, logger })
    proxy.plan = (call) => (call.name === name && call.index === 0 ? fault : undefined)
    const about = `${name}: ${faultName(fault)}`
    const key = { id: 'k', name: 'k', role: 'operator', hash: 'h', createdAt: 1, expiresAt: 2 } as const
    const error = await t.throwsAsync(store.addKey(key), { code: 'store-unavailable' }, about)
    t.regex(reasonOf(error), reason, about)
    proxy.heal()
    t.deepEqual(await schema.query('SELECT count(*)::integer AS rows FROM api_keys'), [{ rows }], about)
    await t.notThrowsAsync(store.check(), about)
    await store.close()
    await proxy.close()
    await drop()
  }
})
