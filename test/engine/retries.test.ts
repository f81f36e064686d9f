import test from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute } from './world.ts'

test('a cause that may pass: retries plus one attempts, each after the objects of the one before are gone', async (t) => {
  const world = await openWorld(t, { limits: { retries: 3 } })
  world.backend.course = () => exitsWithThree
  const jobId = await world.request()
  await world.toTheEnd()
  t.deepEqual(
    world.backend.made,
    [1, 2, 3, 4].map((attempt) => ({ jobId, attempt })),
  )
  const job = await world.job(jobId)
  t.is(job.state, 'failed')
  t.deepEqual(
    job.attempts.map(({ number, failure }) => [number, failure?.cause]),
    [1, 2, 3, 4].map((number) => [number, 'exit-code']),
  )
  for (const attempt of [1, 2, 3, 4])
    t.is(await world.keptLog(jobId, attempt), `attempt ${attempt} computes\nattempt ${attempt} failed\n`)
  t.deepEqual((await failureOf(world, jobId)).lastLogLines, ['attempt 4 computes', 'attempt 4 failed'])
  t.is(world.connector.process('process-1').terminatedFor.length, 1)
  await assertQuiet(world)
})

test('the next attempt waits until the one before is really gone', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? exitsWithThree : endsWell)
  world.backend.removalMs = undefined
  const jobId = await world.request()
  await world.pass(30 * minute)
  t.is(world.backend.made.length, 1)
  t.is((await world.job(jobId)).state, 'queued')
  t.is(await world.keptLog(jobId, 1), 'attempt 1 computes\nattempt 1 failed\n')
  await world.happen(jobId, { to: 'gone' })
  await world.untilJob(jobId, 'succeeded')
})

test('a cause that does not pass ends the job at once', async (t) => {
  const world = await openWorld(t, { limits: { retries: 3 } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  const failure = { cause: 'out-of-memory', message: 'The worker used more than 1Gi.', exitCode: 137 } as const
  await world.happen(jobId, { to: 'failed', failure })
  await world.toTheEnd()
  t.deepEqual(await failureOf(world, jobId), {
    ...failure,
    lastLogLines: ['attempt 1 computes', 'attempt 1 failed'],
  })
  t.is(world.backend.made.length, 1)
  await assertQuiet(world)
})

test('what a failed attempt stored is gone before the next one begins, and is never the result', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? runsForEver : endsWell)
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  const half = `${filesPrefix({ jobId, attempt: 1 })}sum.txt`
  await world.objects.put(half, 'half', 'text/plain')
  await world.happen(jobId, { to: 'stored-nothing' })
  await world.until('the second attempt', () => world.backend.made.length === 2)
  t.is(await world.objects.head(half), undefined)
  await world.untilJob(jobId, 'succeeded')
  t.is((await world.result(jobId))?.attempt, 2)
})

test('the sidecar’s log explains what the sidecar failed at', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'storing' })
  const failure = { cause: 'missing-output', message: 'sum.txt was not written.' } as const
  await world.happen(jobId, { to: 'failed', failure, container: 'upload' })
  await world.untilJob(jobId, 'failed')
  t.deepEqual((await failureOf(world, jobId)).lastLogLines, ['uploads', 'attempt 1 failed'])
})

test('an attempt between two tries is no slot of its own: another job may have it', async (t) => {
  const world = await openWorld(t, { limits: { retries: 2, concurrentJobs: 1 } })
  world.backend.course = () => exitsWithThree
  const jobs = [await world.request('process-1'), await world.request('process-2')]
  await world.toTheEnd()
  for (const jobId of jobs) t.is((await world.job(jobId)).attempts.length, 3)
  await assertQuiet(world)
})
