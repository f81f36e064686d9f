import test from 'ava'
import { assertQuiet, watchInvariants } from './invariants.ts'
import { endsWell } from './scripted-backend.ts'
import { day, World } from './world.ts'
import { manifestOf, usualFiles } from './write-result.ts'

test('a transfer becomes a job, the job a result, and the connector learns where it lies', async (t) => {
  const world = await World.open({ retention: '7d' })
  t.teardown(() => world.close())
  world.backend.course = () => endsWell
  world.connector.startedThen = { afterMs: 5_000, state: 'completed' }
  const invariants = watchInvariants(world, { concurrentJobs: 4, jobsPerAgreement: 10 })
  const states: string[] = []
  world.check = async () => {
    await invariants()
    for (const job of await world.store.listJobs({ limit: 1 })) {
      const state = `${job.state} ${(await world.transfer(job.id)).state}`
      if (states.at(-1) !== state) states.push(state)
    }
  }
  const jobId = await world.request()
  await world.until('the transfer ended', async () => (await world.transfer(jobId)).state === 'ended')
  t.deepEqual(states, [
    'accepted requested',
    'queued requested',
    'starting requested',
    'running requested',
    'storing requested',
    'succeeded granting',
    'succeeded granted',
    'succeeded ended',
  ])

  const ref = { jobId, attempt: 1 }
  const result = await world.result(jobId)
  t.deepEqual(result?.manifest, manifestOf(ref, usualFiles(ref)))
  const process = world.connector.process('process-1')
  t.is(process.provisionedTimes, 1)
  const { id, since } = await world.transfer(jobId)
  t.deepEqual(process.address, { kind: 'gateway', url: `https://service.example/results/${id}`, token: `${id}.1` })
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  t.is(await world.keptLog(jobId, 1, 'fetch'), 'fetched\n')
  t.is(await world.keptLog(jobId, 1, 'upload'), 'uploads\n')

  // Kept for the retention, to the millisecond, then gone; logs stay.
  await world.toTheEnd()
  t.is((await world.result(jobId))?.removedAt, since + 7 * day)
  t.is(await world.keptLog(jobId), 'attempt 1 computes\n')
  await assertQuiet(world)
})
