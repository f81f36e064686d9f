import test, { type ExecutionContext } from 'ava'
import type { Action } from '../../core/audit/actions.ts'
import type { SealedEntry } from '../../core/audit/chain.ts'
import { logsPrefix } from '../../core/job/names.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import { removeResultByOperator } from '../../entrypoint/engine/step-expiry.ts'
import { assetId } from '../engine/offer.ts'
import { failureOf, openWorld } from '../engine/open-world.ts'
import { day, minute, type World } from '../engine/world.ts'

const operator = { actor: { kind: 'operator', id: 'key-1', via: 'key' } } as const
const files = { 'sum.txt': '12345' }

/** A world with a job that ended well, whose consumer holds the address. */
async function granted(t: ExecutionContext, endsAt?: number): Promise<{ world: World; jobId: string }> {
  const world = await openWorld(t)
  if (endsAt !== undefined) world.connector.agreements.set('agreement-1', { consumerId: 'consumer', assetId, endsAt })
  const jobId = await world.request()
  await run(world, jobId)
  return { world, jobId }
}

async function run(world: World, jobId: string): Promise<void> {
  await world.untilJob(jobId, 'starting')
  await world.until('it is launched', () => world.backend.made.some((ref) => ref.jobId === jobId))
  await world.happen(jobId, { to: 'running' })
  await world.pass(minute)
  await world.happen(jobId, { to: 'storing' })
  await world.happen(jobId, { to: 'stored', files })
  await world.until('access is open', async () => (await world.transfer(jobId)).state === 'granted')
  await world.pass(minute)
}

async function told(world: World, jobId: string, action: Action): Promise<readonly SealedEntry['entry'][]> {
  const page = await world.store.auditEntries({ order: 'oldest-first', limit: 1_000, objectId: jobId, action })
  return page.map(({ entry }) => entry)
}

async function keys(world: World, prefix: string): Promise<number> {
  return (await Array.fromAsync(world.objects.list(prefix))).length
}

test('the worker’s time is counted from its start to its end, in the cores that it asked for', async (t) => {
  const { world, jobId } = await granted(t)
  const records = await world.store.usageRecords({}, { limit: 10 })
  const attempt = records.find(({ kind }) => kind === 'attempt')
  t.like(attempt, { jobId, number: 1, outcome: 'succeeded', cpuSeconds: 60, memoryGibSeconds: 60, storedBytes: 5 })
  t.is(attempt?.kind === 'attempt' ? attempt.estimated : true, undefined)
  t.is(records.filter(({ kind }) => kind === 'job').length, 1)
})

test('an attempt that failed, and one that was cancelled, are counted, too', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  const jobId = await world.request()
  await world.untilJob(jobId, 'starting')
  await world.until('it is launched', () => world.backend.made.length > 0)
  await world.happen(jobId, { to: 'running' })
  await world.untilJob(jobId, 'running')
  await world.pass(10_000)
  await world.happen(jobId, { to: 'failed', failure: { cause: 'exit-code', message: 'It exited with 3.' } })
  await world.until('the second attempt is launched', () => world.backend.made.length > 1)
  await world.happen(jobId, { to: 'running' }, 2)
  await world.pass(20_000)
  await world.move('process-1', 'terminated')
  await world.pass(5 * minute)
  const records = await world.store.usageRecords({}, { limit: 10 })
  const attempts = records.filter(({ kind }) => kind === 'attempt')
  t.deepEqual(
    attempts.map((one) => (one.kind === 'attempt' ? [one.number, one.outcome, one.cause] : [])),
    [
      [1, 'failed', 'exit-code'],
      [2, 'cancelled', undefined],
    ],
  )
  t.true((attempts[0]?.cpuSeconds ?? 0) >= 10 && (attempts[0]?.cpuSeconds ?? 0) < 30)
  t.true((attempts[1]?.cpuSeconds ?? 0) >= 20 && (attempts[1]?.cpuSeconds ?? 0) < 60)
  t.like(
    records.find(({ kind }) => kind === 'job'),
    { outcome: 'cancelled', cause: 'connector' },
  )
})

test('a result goes with its agreement, also while its transfer is open', async (t) => {
  const { world, jobId } = await granted(t, Date.UTC(2030, 0, 1, 1))
  t.is((await world.result(jobId))?.expiresAt, Date.UTC(2030, 0, 1, 1))
  await world.pass(30 * minute)
  t.is((await world.result(jobId))?.removedAt, undefined)
  await world.pass(30 * minute)
  t.true((await world.result(jobId))?.removedAt !== undefined)
  t.is((await world.transfer(jobId)).state, 'granted')
  const [removed] = await told(world, jobId, 'result.removed')
  t.like(removed?.detail, { objects: 2, left: 0 })
  t.is(await keys(world, `jobs/${jobId}/attempts/1/files/`), 0)
})

test('a retention that ends before the agreement stays as it is', async (t) => {
  const { world, jobId } = await granted(t, Date.UTC(2031, 0, 1))
  await world.move('process-1', 'completed')
  await world.pass(minute)
  const { since } = await world.transfer(jobId)
  t.is((await world.result(jobId))?.expiresAt, since + 7 * day)
  const [set] = await told(world, jobId, 'result.expiry-set')
  t.is(set?.detail?.['reason'], 'the transfer is completed')
})

test('no job begins under an agreement that has ended', async (t) => {
  const world = await openWorld(t)
  world.connector.agreements.set('agreement-1', {
    consumerId: 'consumer',
    assetId,
    endsAt: world.clock.now() - 1,
  })
  const jobId = await world.request()
  await world.untilJob(jobId, 'failed')
  t.like(await failureOf(world, jobId), { cause: 'refused' })
})

test('an operator removes a result; where the object store fails it is tried again by itself', async (t) => {
  const { world, jobId } = await granted(t)
  world.faults.next('objects.erase', 1, 'fails')
  t.false(await removeResultByOperator(world.parts, jobId, operator, 'asked for'))
  t.is((await world.result(jobId))?.removedAt, undefined)
  await world.pass(5 * minute)
  t.true((await world.result(jobId))?.removedAt !== undefined)
  t.like((await told(world, jobId, 'result.removal-ordered'))[0], {
    actor: operator.actor,
    detail: { reason: 'asked for' },
  })
  t.is((await told(world, jobId, 'result.removed')).length, 1)
  await t.throwsAsync(removeResultByOperator(world.parts, jobId, operator, 'again'), { message: /was removed/ })
})

test('a result of which something is left does not count as removed', async (t) => {
  const { world, jobId } = await granted(t)
  const { objects } = world.parts
  const parts = {
    ...world.parts,
    objects: { ...objects, erase: async () => ({ objects: 1, bytes: 1, uploads: 0, left: 1 }) },
  }
  t.false(await removeResultByOperator(parts, jobId, operator, 'asked for'))
  t.is((await world.result(jobId))?.removedAt, undefined)
  t.deepEqual(await told(world, jobId, 'result.removed'), [])
})

test('logs go by their retention, and then the job itself; usage and audit log keep what they tell', async (t) => {
  const world = await openWorld(t)
  world.retention = { logsMs: 30 * day, historyMs: 90 * day }
  await world.restart()
  const jobId = await world.request()
  await run(world, jobId)
  await world.move('process-1', 'completed')
  await world.pass(29 * day)
  const logs = logsPrefix({ jobId, attempt: 1 })
  t.true((await keys(world, logs)) > 0)
  t.true((await world.result(jobId))?.removedAt !== undefined, 'after its seven days')
  await world.pass(2 * day)
  t.is(await keys(world, logs), 0)
  t.is((await told(world, jobId, 'job.logs-removed')).length, 1)
  t.is((await world.store.job(jobId))?.value.state, 'succeeded')
  await world.pass(60 * day)
  t.is(await world.store.job(jobId), undefined)
  t.is(await keys(world, `jobs/${jobId}/`), 0)
  t.is((await told(world, jobId, 'job.forgotten')).length, 1)
  t.is((await world.store.usageRecords({ agreementId: 'agreement-1' }, { limit: 10 })).length, 2)
  t.is((await verifyLog(world.store, new Map())).problem, undefined)
  t.is(await world.store.nextDue(), undefined, 'nothing is left to do')
})

test('nothing of a job is forgotten while its result is open', async (t) => {
  const world = await openWorld(t)
  world.retention = { historyMs: 20 * minute }
  await world.restart()
  const jobId = await world.request()
  await run(world, jobId)
  await world.pass(60 * minute)
  t.is((await world.store.job(jobId))?.value.state, 'succeeded')
  await world.move('process-1', 'terminated')
  await world.pass(minute)
  t.is(await world.store.job(jobId), undefined)
})
