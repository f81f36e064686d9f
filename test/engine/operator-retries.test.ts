import test from 'ava'
import { holdsSlot } from '../../core/job/job.ts'
import { cancelByOperator } from '../../entrypoint/engine/end-job.ts'
import { retryByOperator } from '../../entrypoint/engine/retry-job.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

const hour = 60 * minute

/** A job that failed; the next one ends well. */
async function failedJob(world: World): Promise<string> {
  const jobId = await world.request()
  world.backend.course = ({ ref }) => (ref.jobId === jobId ? exitsWithThree : endsWell)
  await world.untilJob(jobId, 'failed')
  return jobId
}

test('a job whose transfer is over runs again as the operator’s own: nobody is told, its result goes after the retention', async (t) => {
  const world = await openWorld(t, { retention: '1h' })
  const failed = await failedJob(world)
  const { id, origin } = await retryByOperator(world.parts, failed, 'same')
  t.deepEqual(origin, { kind: 'operator', retryOf: failed })
  t.is((await world.job(failed)).retriedAs, id)
  await world.untilJob(id, 'succeeded')
  await world.pass(10 * minute)
  const result = await world.result(id)
  t.is(result?.transferId, undefined)
  t.is(result?.removedAt, undefined)
  t.is(result?.expiresAt, (result?.registeredAt ?? 0) + hour)
  t.is(world.connector.messages.length, 1, 'the end of the failed one')
  await world.toTheEnd()
  t.true(((await world.result(id))?.removedAt ?? 0) >= (result?.expiresAt ?? Infinity))
  await assertQuiet(world)
})

test('a job whose failure is reported runs again in its place: the same address, no second callback, and then the result', async (t) => {
  const world = await openWorld(t, { onFailure: 'report', retention: '1h' })
  const failed = await failedJob(world)
  await world.until('the transfer is granted', async () => (await world.transfer(failed)).state === 'granted')
  const { id, origin } = await retryByOperator(world.parts, failed, 'same')
  t.like(origin, { kind: 'transfer', connectorId: 'provider', retryOf: failed })
  t.is((await world.transfer(id)).jobId, id)
  await world.untilJob(id, 'succeeded')
  t.is((await world.transfer(id)).state, 'granted')
  await world.pass(2 * hour)
  t.is((await world.result(id))?.removedAt, undefined, 'the transfer is still open')
  t.is(world.connector.process('process-1').provisionedTimes, 1)
  await world.move('process-1', 'completed')
  await world.toTheEnd()
  t.truthy((await world.result(id))?.removedAt)
  await assertQuiet(world)
})

test('a repetition that fails, too, is reported in its turn and can be repeated', async (t) => {
  const world = await openWorld(t, { onFailure: 'report' })
  world.backend.course = () => exitsWithThree
  const first = await world.request()
  await world.untilJob(first, 'failed')
  const second = await retryByOperator(world.parts, first, 'same')
  await world.untilJob(second.id, 'failed')
  const third = await retryByOperator(world.parts, second.id, 'same')
  await world.untilJob(third.id, 'failed')
  t.is((await world.transfer(third.id)).jobId, third.id)
  t.is(world.connector.process('process-1').provisionedTimes, 1)
  await world.move('process-1', 'terminated')
  await world.toTheEnd()
  await assertQuiet(world)
})

test('the consumer ends its transfer while the repetition runs: it is cancelled', async (t) => {
  const world = await openWorld(t, { onFailure: 'report' })
  const failed = await failedJob(world)
  await world.until('the transfer is granted', async () => (await world.transfer(failed)).state === 'granted')
  world.backend.course = () => runsForEver
  const { id } = await retryByOperator(world.parts, failed, 'same')
  await world.untilJob(id, 'running')
  await world.move('process-1', 'terminated')
  await world.untilJob(id, 'cancelled')
  await world.toTheEnd()
  await t.notThrowsAsync(assertQuiet(world))
})

test('the newest version runs where the operator asks for it, unless it takes other parameters', async (t) => {
  const world = await openWorld(t)
  const failed = await failedJob(world)
  await world.offer({ version: '2.0.0', parameters: { type: 'object', properties: { TOP: { type: 'integer' } } } })
  await t.throwsAsync(retryByOperator(world.parts, failed, 'newest'), {
    code: 'job-not-retryable',
    message: /Version 2\.0\.0 declares other parameters than version 1\.0\.0/,
  })
  await world.offer({ version: '2.0.1', limits: { timeout: '5m' } })
  const repeated = await retryByOperator(world.parts, failed, 'newest')
  t.is(repeated.state === 'queued' ? repeated.terms.assetVersion : undefined, '2.0.1')
  await world.untilJob(repeated.id, 'succeeded')
})

test('repetitions do not count against the consumer’s agreement, and wait for a slot like others', async (t) => {
  const world = await openWorld(t, { limits: { jobsPerAgreement: 2, concurrentJobs: 1 } })
  const failed = await failedJob(world)
  world.backend.course = () => runsForEver
  const { id } = await retryByOperator(world.parts, failed, 'same')
  await world.untilJob(id, 'running')
  const next = await world.request('process-2')
  await world.untilJob(next, 'queued')
  await world.pass(minute)
  t.is((await world.job(next)).state, 'queued', 'the one slot is taken')
  await cancelByOperator(world.parts, id, 'enough')
  await world.untilJob(next, 'running')
  t.deepEqual(world.connector.process('process-2').terminatedFor, [])
})

test('what cannot be repeated is refused with the reason', async (t) => {
  const world = await openWorld(t, { onFailure: 'report' })
  const refusal = (jobId: string, code: string, message: RegExp) =>
    t.throwsAsync(retryByOperator(world.parts, jobId, 'same'), { name: 'ServiceError', code, message })
  await refusal('nobody', 'job-unknown', /no job "nobody"/)
  const live = await world.request('process-0')
  await refusal(live, 'job-live', /is accepted/)
  world.backend.course = () => endsWell
  await world.untilJob(live, 'succeeded')
  await refusal(live, 'job-not-retryable', /succeeded/)
  const unverified = await world.request('process-2', { parameters: '{"UNDECLARED":1}' })
  await world.untilJob(unverified, 'failed')
  await refusal(unverified, 'job-not-retryable', /never verified/)
  const failed = await failedJob(world)
  await world.until('the transfer is granted', async () => (await world.transfer(failed)).state === 'granted')
  await world.move('process-1', 'suspended')
  await world.until('it is suspended', async () => (await world.transfer(failed)).state === 'suspended')
  await refusal(failed, 'job-not-retryable', /suspended/)
  await world.move('process-1', 'started')
  await world.until('it is resumed', async () => (await world.transfer(failed)).state === 'granted')
  const { id } = await retryByOperator(world.parts, failed, 'same')
  await refusal(failed, 'job-not-retryable', new RegExp(id))
  await world.untilJob(id, 'succeeded')
  const gone = await world.request('process-3')
  world.backend.course = () => exitsWithThree
  await world.untilJob(gone, 'failed')
  await world.until('its slot is free', async () => !holdsSlot(await world.job(gone)))
  t.is(await world.store.removeAsset((await world.job(gone)).assetId, world.clock.now()), 'removed')
  await refusal(gone, 'job-not-retryable', /was removed/)
})
