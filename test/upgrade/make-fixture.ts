import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectorAuthor } from '../../core/audit/entry.ts'
import { preparedReception } from '../../core/reception/reception.ts'
import { exitsWithThree, runsForEver } from '../engine/scripted-backend.ts'
import { day, World } from '../engine/world.ts'
import { dump } from './dump.ts'

// Writes a database of this version with jobs in every state and something of all else, as SQL text beside this file: node test/upgrade/make-fixture.ts
// Done once for each version that is released with a new schema; the files of earlier versions stay as they are.

const world = await World.open({ limits: { concurrentJobs: 5, jobsPerAgreement: 100, retries: 1 } })
world.backend.course = () => runsForEver
const request = (word: string): Promise<string> => world.request(word, { agreementId: `agreement-of-${word}` })
const becomes = async (word: string, state: 'running' | 'starting' | 'storing'): Promise<string> => {
  const jobId = await request(word)
  await world.untilJob(jobId, state)
  return jobId
}
const ends = async (word: string): Promise<string> => {
  const jobId = await becomes(word, 'running')
  await world.happen(jobId, { to: 'storing' })
  await world.happen(jobId, { to: 'stored' })
  await world.until(`${word} is granted`, async () => (await world.transfer(jobId)).state === 'granted')
  await world.pass(5_000)
  return jobId
}

const delivered = await ends('granted')
await ends('suspended')
await world.move('suspended', 'suspended')
await world.pass(5_000)
await ends('completed')
await world.move('completed', 'completed')
await world.pass(5_000)
world.backend.course = () => exitsWithThree
await world.untilJob(await request('failed'), 'failed')
await world.pass(10_000)
world.backend.course = () => runsForEver
const cancelled = await becomes('cancelled', 'running')
await world.move('cancelled', 'terminated')
await world.untilJob(cancelled, 'cancelled')
await world.pass(10_000)
await becomes('running', 'running')
const stores = async (word: string): Promise<string> => {
  const jobId = await becomes(word, 'running')
  await world.happen(jobId, { to: 'storing' })
  await world.untilJob(jobId, 'storing')
  return jobId
}
await stores('storing')
const undelivered = await stores('undelivered')
world.backend.course = () => exitsWithThree
const again = await request('again')
await world.until('its second attempt runs', async () => {
  const job = await world.job(again)
  return job.state === 'running' && job.attempt === 2
})
world.backend.course = () => []
await becomes('starting', 'starting')
await world.pass(1_000)
const queued = await request('queued')
await world.untilJob(queued, 'queued')
await world.send('accepted')
// A callback that is not delivered yet, because its connector does not answer; the objects are being removed.
world.backend.removalMs = undefined
world.faults.next('connector.provisioned', 99, 'fails')
world.faults.next('connector.transferProcess', 99, 'fails')
await world.happen(undelivered, { to: 'stored' })
await world.pass(1_500)

// Who may call, and what the gateway delivered.
const by = { actor: { kind: 'operator', id: 'local', name: 'fixture', via: 'local' } } as const
for (const [id, role] of [
  ['first', 'read'],
  ['second', 'admin'],
] as const) {
  const createdAt = world.clock.now()
  await world.store.addKey({ id, name: id, role, hash: id.padEnd(64, '0'), createdAt, expiresAt: createdAt + day }, by)
}
await world.store.noteKeyUse('second', world.clock.now())
await world.store.revokeKey('first', world.clock.now(), by)
await world.store.addDeliveries([{ jobId: delivered, at: world.clock.now(), deliveries: 2, bytes: 9 }])
const reception = preparedReception(
  {
    id: 'reception',
    connectorId: 'consumer',
    processId: 'received',
    mode: 'pull',
    terms: { messageId: 'message', agreementId: 'agreement', assetId: 'sum', profile: 'HttpData-PULL' },
  },
  world.clock.now(),
)
await world.store.addReception(reception, [], connectorAuthor('consumer'))

const text = dump(world.databasePath)
const version = /user_version = (\d+)/.exec(text)?.[1] ?? ''
const { version: release } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string
}
writeFileSync(
  join(import.meta.dirname, `schema-${version}.sql`),
  `-- A database of release ${release}, schema ${version}: jobs in every state. Made by make-fixture.ts of that release.\n${text}`,
)
await world.close()
