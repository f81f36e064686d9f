import test from 'ava'
import { cancelByOperator } from '../../entrypoint/engine/end-job.ts'
import { assertQuiet } from './invariants.ts'
import { openWorld } from './open-world.ts'
import { type Course, endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute } from './world.ts'

const courses: Readonly<Record<'queued' | 'starting' | 'running' | 'storing', Course>> = {
  queued: [],
  starting: [],
  running: runsForEver,
  storing: [...runsForEver, { afterMs: 2_000, to: 'storing' }],
}

for (const state of ['queued', 'starting', 'running', 'storing'] as const) {
  test(`an operator cancels a job that is ${state}: the connector is told once, and everything goes`, async (t) => {
    const world = await openWorld(t, { limits: { concurrentJobs: 1, retries: 2 } })
    world.backend.course = () => courses[state]
    if (state === 'queued') await world.untilJob(await world.request('process-0'), 'starting')
    const jobId = await world.request()
    await world.untilJob(jobId, state)
    await cancelByOperator(world.parts, jobId, 'the machine is needed')
    const job = await world.job(jobId)
    t.deepEqual(job.state === 'cancelled' ? [job.by, job.reason] : [], ['operator', 'the machine is needed'])
    t.is((await world.transfer(jobId)).state, 'ended')
    await t.throwsAsync(cancelByOperator(world.parts, jobId, 'again'), { message: 'The job is cancelled.' })
    await world.pass(minute)
    t.deepEqual(world.connector.process('process-1').terminatedFor, [
      'cancelled by the provider: the machine is needed',
    ])
    if (state === 'running') t.is(await world.keptLog(jobId), 'attempt 1 computes\nattempt 1 failed\n')
    if (state === 'queued') await world.move('process-0', 'terminated')
    await world.toTheEnd()
    await assertQuiet(world)
  })
}

test('what is over cannot be cancelled, and a job that never was neither', async (t) => {
  const world = await openWorld(t)
  world.backend.course = ({ ref }) => (ref.jobId === good ? endsWell : exitsWithThree)
  const good = await world.request('process-1')
  const bad = await world.request('process-2')
  await world.untilJob(good, 'succeeded')
  await world.untilJob(bad, 'failed')
  for (const jobId of [good, bad])
    await t.throwsAsync(cancelByOperator(world.parts, jobId, 'no'), { name: 'ServiceError', code: 'job-over' })
  await t.throwsAsync(cancelByOperator(world.parts, 'nobody', 'no'), { name: 'ServiceError', code: 'job-unknown' })
})

test('a job whose transfer the connector has not confirmed is not cancelled: the process may be somebody else’s', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.request()
  await t.throwsAsync(cancelByOperator(world.parts, jobId, 'no'), { name: 'ServiceError', code: 'job-unverified' })
  t.is((await world.job(jobId)).state, 'accepted')
  t.deepEqual(world.connector.messages, [])
})

test('an operator’s word counts though the job changes in the same moment', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'starting')
  await world.until('it runs', () => world.backend.ran.size > 0)
  world.faults.gate = async (name) => {
    if (name !== 'store.commit') return
    world.faults.gate = undefined
    while (await world.work()) continue // the engine was quicker
  }
  await cancelByOperator(world.parts, jobId, 'now')
  t.is((await world.job(jobId)).state, 'cancelled')
})
